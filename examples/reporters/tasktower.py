#!/usr/bin/env python3
"""Shows work as a task in Tasktower, with Python's standard library alone (3.8 or later). As a module:

    from tasktower import Task
    with Task("Audit the login page", agent="CLAWS.BOT") as task:
        task.progress(0.4, "CHECKPOINT 2")
        task.evidence("claws-reports/verification-12.log")
        task.result = "Trust Score: 1.00"

Leaving the block reports the task as done, an exception as failed; Cancelled is raised once a person has cancelled it.
As a command: tasktower.py run -- COMMAND…, or start, progress, log, evidence, done, fail; see tasktower.py --help."""
import argparse, json, mimetypes, os, re, signal, subprocess, sys, threading, time, uuid
import urllib.error, urllib.parse, urllib.request
from pathlib import Path

PATIENCE = 60  # How long a report waits for a tower that is away, seconds.
RETRY_AFTER = 0.5
LOOK_EVERY = 1  # How often a silent command asks whether it is still wanted, which also keeps its task alive, seconds.
LEASE_MS = 60_000  # A command that is gone without a word is lost after this.
GRACE = 5  # From SIGTERM to SIGKILL, seconds.
BATCH, FULL = 200, 20_000  # Lines that go out together, and that are kept while the tower is away.
MAX_LINE = 64 * 1024
LEVELS = ("trace", "debug", "info", "warn", "error")
KINDS = {".png": "screenshot", ".jpg": "screenshot", ".jpeg": "screenshot", ".webp": "screenshot", ".patch": "patch", ".diff": "patch",
         ".xml": "report", ".sarif": "report", ".info": "report", ".json": "report", ".txt": "text", ".log": "text", ".md": "text"}
ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


class Refused(Exception):
    """The tower said no; the text says why and what to do."""

    def __init__(self, status, problem):
        super().__init__(problem.get("detail") or f"The tower answered with status {status}.")
        self.status, self.expected = status, problem.get("expected")


class NoTower(Exception):
    """There is no tower for this folder, or it stays away."""


class Cancelled(Exception):
    """A person cancelled the task, or it has ended."""


class Tower:
    """A tower over REST. It is looked for again when it does not answer, because it may have moved."""

    def __init__(self):
        url, token = os.environ.get("TASKTOWER_URL"), os.environ.get("TASKTOWER_TOKEN")
        found = (url.rstrip("/"), token) if url and token else self._of_folder()
        if not found:
            raise NoTower(f"No tower has {Path.cwd()} open. Open the folder in the editor first.")
        self.url, self.token = found

    def ask(self, method, path, body=None, key=None, mime="application/json", patience=PATIENCE):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        until = time.monotonic() + patience
        while True:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": mime, **({"Idempotency-Key": key} if key else {})}
            request = urllib.request.Request(self.url + path, data, headers, method=method)
            try:
                # The tower is on this machine: never by way of a proxy.
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(request, timeout=70) as answer:
                    return json.loads(answer.read() or b"{}")
            except urllib.error.HTTPError as error:
                refusal = Refused(error.code, self._problem(error))
                if error.code < 500 and error.code not in (401, 429):
                    raise refusal
            except (OSError, ValueError):
                refusal = NoTower(f"The tower at {self.url} does not answer. Open its folder in the editor.")
            if self._find_again():
                continue
            if time.monotonic() > until or getattr(refusal, "status", None) == 401:
                raise refusal
            time.sleep(RETRY_AFTER)

    def _find_again(self):
        before = (self.url, self.token)
        same = [(a["url"], a["token"]) for a in self._addresses() if a["token"] == self.token]
        found = same[0] if same else self._of_folder()
        if found:
            # An attempt's token outlives a restart.
            self.url, self.token = found[0], self.token if self.token.startswith("tta_") else found[1]
        return before != (self.url, self.token)

    @classmethod
    def _of_folder(cls):
        addresses = cls._addresses()
        here = Path.cwd().resolve()
        for folder in [here, *here.parents]:
            for address in addresses:
                if any(Path(name).resolve() == folder for name in address["folders"]):
                    return address["url"], address["token"]
        return None

    @staticmethod
    def _addresses():
        home = Path(os.environ.get("TASKTOWER_HOME") or Path.home() / ".tasktower")
        found = []
        for file in sorted((home / "towers").glob("*.json")):
            try:
                status = file.stat()
                # One that others may write could name a stranger, who would get our token.
                if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
                    continue
                address = json.loads(file.read_text("utf-8"))
                found.append({name: address[name] for name in ("url", "token", "folders")})
            except (OSError, ValueError, KeyError, TypeError):
                continue
        return found

    @staticmethod
    def _problem(error):
        try:
            problem = json.loads(error.read())
            return problem if isinstance(problem, dict) else {}
        except (OSError, ValueError):
            return {}


class Task:
    """One task whose work goes on here and is only reported. `task` names one that is there already."""

    def __init__(self, title=None, agent="reporter", prompt=None, lease_ms=None, tower=None, task=None):
        self.tower, self.result, self._seq, self.attempt = tower or Tower(), "", None, None
        if task is None:
            spec = {"title": " ".join((title or "A task").split())[:200], "agent": agent, "status": "running", "folder": os.getcwd()}
            spec.update({name: value for name, value in {"prompt": prompt, "leaseMs": lease_ms}.items() if value is not None})
            made = self.tower.ask("POST", "/api/tasks", spec, key=str(uuid.uuid4()), patience=3)
            self.id, self.number, self.attempt, self._seq = made["id"], made["number"], made["attempt"], 0
        else:
            self.id = task.lstrip("#")
        self.path = "/api/tasks/" + urllib.parse.quote(self.id, safe="")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if kind is None:
            self.done(self.result)
        elif issubclass(kind, (Cancelled, KeyboardInterrupt)):
            self.cancelled()
        else:
            self.fail(str(error) or kind.__name__)
        return kind is not None and issubclass(kind, Cancelled)

    def progress(self, share, step=None):
        self._stop_if(self._post("progress", {"progress": share, **({"step": step[:200]} if step else {})}))

    def log(self, text, level="info"):
        lines = [{"text": line, "level": level} for line in text.splitlines() or [""]]
        for at in range(0, len(lines), BATCH):
            self._stop_if(self.send_lines(lines[at : at + BATCH]))

    def evidence(self, path, kind=None, name=None, viewport=None):
        """Hands in a file: screenshot, image, metrics, report, patch, file or text. Pictures are named without their ending."""
        path = Path(path)
        kind = kind or KINDS.get(path.suffix.lower(), "file")
        query = {"kind": kind, "name": name or (path.stem if kind in ("screenshot", "image") else path.name)}
        query.update({"viewport": viewport} if viewport else {}, **({"attempt": self.attempt} if self.attempt else {}))
        mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        where = f"{self.path}/evidence?{urllib.parse.urlencode(query)}"
        return self.tower.ask("POST", where, path.read_bytes(), str(uuid.uuid4()), mime)["evidenceId"]

    def done(self, result=""):
        self._post("result", {"result": result}, numbered=True)

    def fail(self, message, kind="agent_error"):
        self._post("error", {"message": message[:16_000], "kind": kind}, numbered=True)

    def cancelled(self):
        """Reports that the work was stopped by its own user, or after a cancel."""
        for method, path in (("DELETE", self.path), ("POST", f"{self.path}/cancelled")):
            try:
                self.tower.ask(method, path, {} if method == "POST" else None)
            except Refused:
                pass  # It has ended already.

    def send_lines(self, lines):
        return self._post("logs", {"lines": lines}, numbered=True)

    def is_cancelled(self):
        now = self.tower.ask("GET", self.path)
        return now["status"] == "cancelled" or now.get("phase") == "cancelling"

    def _stop_if(self, answer):
        if answer.get("cancel"):
            raise Cancelled("The task was cancelled, or has ended: stop working on it.")

    def _post(self, verb, body, numbered=False):
        """A numbered report is stored once, however often it is sent; only whoever made the task may number them."""
        body = {**body, **({"attempt": self.attempt} if self.attempt else {})}
        if not numbered or self._seq is None:
            return self.tower.ask("POST", f"{self.path}/{verb}", body, str(uuid.uuid4()))
        try:
            answer = self.tower.ask("POST", f"{self.path}/{verb}", {**body, "seq": self._seq + 1})
        except Refused as refusal:
            if refusal.expected is None or refusal.expected == self._seq + 1:
                raise
            self._seq = refusal.expected - 1
            return self._post(verb, body, numbered)
        self._seq += 1
        return answer


class Run:
    """A command whose output goes on to ours and, line by line, to its task."""

    def __init__(self, command, task):
        self.command, self.task = command, task
        self.lines, self.dropped, self.share, self.last = [], 0, None, ""
        self.interrupted, self.over, self.lock = False, threading.Event(), threading.Lock()

    def run(self):
        own_group = {"start_new_session": True} if os.name == "posix" else {}
        task, environment = self.task, dict(os.environ)
        if task:
            environment.update(TASKTOWER_URL=task.tower.url, TASKTOWER_TOKEN=task.tower.token, TASKTOWER_TASK_ID=task.id)
        try:
            self.child = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **own_group)
        except OSError as error:
            warn(f"{self.command[0]} could not be started: {error.strerror}. Check its name and the PATH.")
            if task:
                task.fail(f"{self.command[0]} could not be started: {error.strerror}.", "spawn_failed")
            return 127
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self.forward)
        pipes = ((self.child.stdout, sys.stdout.buffer, "info"), (self.child.stderr, sys.stderr.buffer, "warn"))
        readers = [threading.Thread(target=self.tee, args=pipe, daemon=True) for pipe in pipes]
        reporter = threading.Thread(target=self.report, daemon=True)
        for thread in [*readers, *([reporter] if task else [])]:
            thread.start()
        code = self.child.wait()
        for reader in readers:
            reader.join(0.5 if self.interrupted else None)
        self.over.set()
        if task:
            reporter.join(PATIENCE)
            self.finish(code)
        return code if code >= 0 else 128 - code

    def forward(self, number, _):
        self.interrupted = True
        self.kill(number)

    def kill(self, number):
        try:
            os.killpg(self.child.pid, number) if os.name == "posix" else self.child.send_signal(number)
        except OSError:
            pass  # It has ended by itself.

    def tee(self, pipe, own, level):
        for raw in iter(lambda: pipe.readline(MAX_LINE), b""):
            try:
                own.write(raw)
                own.flush()
            except OSError:
                return pipe.close()
            self.take(ANSI.sub("", raw.decode("utf-8", "replace").rstrip("\r\n")), level)

    def take(self, line, level):
        said = parse(line) if line.startswith("{") else {}
        share, own = said.get("progress"), str(said.get("level")).lower()
        own = "warn" if own == "warning" else own
        is_progress = isinstance(share, (int, float)) and 0 <= share <= 1
        with self.lock:
            if is_progress:
                self.share = (share, str(said.get("step") or ""))
            if own in LEVELS:
                line, level = str(said.get("message") or said.get("msg") or said.get("text") or line), own
            elif is_progress:
                return
            self.last = line if line.strip() else self.last
            if len(self.lines) < FULL:
                self.lines.append({"text": line, "level": level, "at": int(time.time() * 1000)})
            else:
                self.dropped += 1

    def report(self):
        """Runs beside the command, which never waits for it."""
        self.looked = time.monotonic()
        while not (self.over.wait(0.1) and not self.lines):
            try:
                self.send()
            except NoTower:
                continue  # It may come back while the command runs.
            except Refused:
                return  # The task is gone, or has ended: the command goes on.

    def send(self):
        with self.lock:
            lines, share, self.share = self.lines[:BATCH], self.share, None
        if share:
            self.task._post("progress", {"progress": share[0], **({"step": share[1][:200]} if share[1] else {})})
        cancel = self.task.send_lines(lines).get("cancel") if lines else False
        with self.lock:
            del self.lines[: len(lines)]
        if cancel or time.monotonic() - self.looked > LOOK_EVERY:
            self.looked = time.monotonic()
            if not self.interrupted and self.task.is_cancelled():
                self.stop()

    def stop(self):
        self.interrupted = True
        warn("cancelled in the tower; the command is being stopped.")
        self.kill(signal.SIGTERM)
        late = threading.Timer(GRACE, self.kill, (getattr(signal, "SIGKILL", signal.SIGTERM),))
        late.daemon = True
        late.start()

    def finish(self, code):
        name = Path(self.command[0]).name
        try:
            if self.dropped:
                self.task.send_lines([{"text": f"{self.dropped} lines were not kept: there were too many.", "level": "warn"}])
            if self.interrupted:
                self.task.cancelled()
            elif code == 0:
                self.task.done(f"{name} ended well.\n\n{self.last[:500]}".strip())
            else:
                self.task.fail(f"{name} ended with {code}: {self.last[:500]}")
        except Refused:
            pass  # It reported its own end, or was ended in the tower.
        except NoTower as error:
            warn(f"how the command ended is not reported: {error}")


def parse(line):
    try:
        said = json.loads(line)
        return said if isinstance(said, dict) else {}
    except ValueError:
        return {}


def warn(text):
    print(f"tasktower: {text}", file=sys.stderr, flush=True)


def share_of(word):
    match = re.fullmatch(r"(\d*\.?\d+)(%?)", word)
    value = float(match[1]) / (100 if match[2] else 1) if match else -1
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f'"{word}" is no progress. Say 0 to 1, or a percentage such as 40%%.')
    return value


def arguments():
    parser = argparse.ArgumentParser(prog="tasktower.py", description="Shows work as a task in Tasktower.")
    commands = parser.add_subparsers(dest="verb", required=True, metavar="command")
    start = commands.add_parser("start", help="begins a task and prints its id, for TASKTOWER_TASK_ID")
    start.add_argument("title")
    start.add_argument("--agent", default="reporter")
    run = commands.add_parser("run", help="runs a command and shows it as a task")
    run.add_argument("--title")
    run.add_argument("--agent", default="Terminal")
    run.add_argument("command", nargs=argparse.REMAINDER)
    progress = commands.add_parser("progress", help="reports how far a task is")
    progress.add_argument("share", type=share_of)
    progress.add_argument("step", nargs="*")
    log = commands.add_parser("log", help="adds log lines; without text, those of standard input")
    log.add_argument("text", nargs="*")
    log.add_argument("--level", default="info", choices=LEVELS)
    evidence = commands.add_parser("evidence", help="hands in a file as proof")
    evidence.add_argument("file")
    for name in ("--kind", "--name", "--viewport"):
        evidence.add_argument(name)
    done = commands.add_parser("done", help="reports that a task is done")
    done.add_argument("result", nargs="*")
    fail = commands.add_parser("fail", help="reports that a task has failed")
    fail.add_argument("message", nargs="+")
    fail.add_argument("--kind", default="agent_error")
    for command in (progress, log, evidence, done, fail):
        command.add_argument("--task", default=os.environ.get("TASKTOWER_TASK_ID"), help="such as #12; else TASKTOWER_TASK_ID")
        command.set_defaults(parser=command)
    run.set_defaults(parser=run)
    return parser.parse_args()


def run_command(asked):
    command = asked.command[1:] if asked.command[:1] == ["--"] else asked.command
    if not command:
        asked.parser.error("put the command after two dashes: tasktower.py run -- pytest")
    try:
        task = Task(asked.title or " ".join(command), asked.agent, " ".join(command), LEASE_MS)
    except (NoTower, Refused) as error:
        warn(f"the command runs, but is not shown as a task. {error}")
        task = None
    return Run(command, task).run()


def main():
    asked = arguments()
    if asked.verb == "run":
        return run_command(asked)
    if asked.verb == "start":
        print(Task(asked.title, asked.agent).id)
        return 0
    if not asked.task:
        asked.parser.error("say which task: --task #12, or set TASKTOWER_TASK_ID")
    task = Task(task=asked.task)
    if asked.verb == "progress":
        task.progress(asked.share, " ".join(asked.step))
    elif asked.verb == "log":
        for text in [" ".join(asked.text)] if asked.text else sys.stdin:
            task.log(text.rstrip("\n"), asked.level)
    elif asked.verb == "evidence":
        print(task.evidence(asked.file, asked.kind, asked.name, asked.viewport))
    elif asked.verb == "done":
        task.done(" ".join(asked.result))
    else:
        task.fail(" ".join(asked.message), asked.kind)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Refused, NoTower, Cancelled, OSError) as failure:
        warn(str(failure))
        sys.exit({NoTower: 3, Cancelled: 5}.get(type(failure), 1))

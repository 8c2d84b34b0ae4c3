#!/usr/bin/env python3
"""A whole agent for Tasktower on one page, with Python's standard library alone. It asks the REST API for work,
counts lines and reports. To make it yours, replace `count_lines`. Start it in the folder that you have open."""
import json, math, os, re, sys, time, urllib.error, urllib.parse, urllib.request
from collections import Counter
from pathlib import Path

NAME, SKILLS = "Python line counter", ["count"]
PACE = int(os.environ.get("TASKTOWER_EXAMPLE_PACE_MS", "0")) / 1000  # Between files, so that you can watch or cancel it.


class Cancelled(Exception):
    """A person cancelled the task, or it is no longer ours."""


# 1. Find the tower: the environment, else the address file of the window that has this folder open.
def find_tower():
    if "TASKTOWER_URL" in os.environ and "TASKTOWER_TOKEN" in os.environ:
        return os.environ["TASKTOWER_URL"], os.environ["TASKTOWER_TOKEN"]
    home = Path(os.environ.get("TASKTOWER_HOME") or Path.home() / ".tasktower")
    towers = [json.loads(file.read_text("utf-8")) for file in (home / "towers").glob("*.json")]
    for folder in [Path.cwd(), *Path.cwd().parents]:
        for tower in towers:
            if str(folder) in tower["folders"]:
                return tower["url"], tower["token"]
    raise OSError("No tower has this folder open. Open it in the editor first.")


# 2. Talk to it. The tower answers errors as problem+json, whose `detail` says what to do.
def post(url, token, body, mime="application/json"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": mime}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
        return json.load(answer)


class Task:
    """One attempt. Every answer says whether to stop, so reporting often is what makes a cancel quick."""

    def __init__(self, work):
        self.work, self.attempt, self.token = work, work["attempt"], work["token"]
        self.url = f"{work['url']}/api/tasks/{work['taskId']}"

    def report(self, what, **body):
        if post(f"{self.url}/{what}", self.token, {"attempt": self.attempt, **body}).get("cancel"):
            raise Cancelled

    def evidence(self, kind, name, data, mime):
        query = urllib.parse.urlencode({"kind": kind, "name": name, "attempt": self.attempt})
        post(f"{self.url}/evidence?{query}", self.token, data, mime)


# 3. Work on one task. An attempt ends with exactly one of result, error and cancelled.
def work_on(task):
    asked = re.search(r"\bin (.+)", task.work["prompt"] or task.work["title"])
    folder = Path(task.work.get("folder") or ".", asked[1].strip() if asked else ".")
    try:
        end = "result", {"result": count_lines(task, folder)}
    except Cancelled:
        end = "cancelled", {}
    except OSError as error:
        end = "error", {"message": str(error)}
    try:
        task.report(end[0], **end[1])
    except Cancelled:
        pass  # It has ended, which is what the last report is for.


def count_lines(task, folder):
    task.report("progress", progress=0, step="listing files")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder. Name one, then retry.")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    task.report("logs", lines=[{"level": "info", "text": f"{len(files)} files in {folder}"}])
    lines, told = Counter(), []
    for done, path in enumerate(files, 1):
        time.sleep(PACE)
        count = path.read_bytes().count(b"\n")  # As `wc -l` counts.
        lines[path.suffix[1:] or "(none)"] += count
        told.append({"level": "debug", "text": f"{path}: {count}"})
        # About ten times in all, or always when the work is slow: the tower takes at most 300 calls a second.
        if PACE or len(told) == 500 or done % math.ceil(len(files) / 10) == 0 or done == len(files):
            task.report("logs", lines=told)
            task.report("progress", progress=done / len(files), step=f"{done} of {len(files)} files")
            told = []
    table = "".join(f"{kind} {count}\n" for kind, count in sorted(lines.items()))
    task.evidence("text", "lines by file type", table.encode(), "text/plain")
    task.report("progress", progress=1, step="table written")
    return table


# 4. Ask for work for ever. The call waits on the tower's side until there is some, so this costs nothing.
def main():
    while True:
        try:
            url, token = find_tower()
            answer = post(f"{url}/api/tasks/claim", token, {"agent": NAME, "skills": SKILLS, "waitMs": 25_000})
            if answer.get("assignment"):
                work_on(Task(answer["assignment"]))
        except urllib.error.HTTPError as error:  # The tower understood and refused.
            print(error.code, error.read(500).decode(errors="replace"), file=sys.stderr)
            time.sleep(2)
        except OSError as error:  # It is not there, or not yet.
            print(error, file=sys.stderr)
            time.sleep(2)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass

#!/bin/sh
# A whole agent for Tasktower on one page, with a POSIX shell and curl alone. It asks the REST API for work, counts lines
# and reports. To make it yours, replace `count_lines`. Start it in the folder that you have open.
set -u
export LC_ALL=C
name='Shell line counter'
pace=$(printf '%03d' "${TASKTOWER_EXAMPLE_PACE_MS:-0}" | sed 's/...$/.&/') # Seconds between files, so that you can watch it.

# 1. Find the tower: the environment, else the address file of the window that has this folder open.
find_tower() {
  url=${TASKTOWER_URL:-} token=${TASKTOWER_TOKEN:-} dir=$PWD
  [ -n "$url" ] && [ -n "$token" ] && return
  while :; do
    file=$(grep -lF "\"$dir\"" "${TASKTOWER_HOME:-$HOME/.tasktower}"/towers/*.json 2>/dev/null | head -n 1)
    [ -n "$file" ] && break
    [ "$dir" = / ] && return 1
    dir=$(dirname "$dir")
  done
  answer=$(tr -d '\n' <"$file" | sed 's/": *"/":"/g')
  url=$(field url) token=$(field token)
}

# 2. JSON without a parser. A quote inside a JSON string is always escaped, so `"key":"` is never found inside a text.
field() { # The text at a key of $answer; \uXXXX is left as it is.
  printf '%s\n' "$answer" | sed -nE 's/.*"'"$1"'":"(([^"\\]|\\.)*)".*/\1/p' | sed 's/\\n/ /g; s/\\\(["\\/]\)/\1/g'
}
number() { printf '%s\n' "$answer" | sed -nE 's/.*"'"$1"'":([0-9]+).*/\1/p'; }
json() { # $1 as a JSON string.
  printf '%s' "$1" | tr '\t' ' ' | tr -d '\000-\010\013-\037' | sed 's/[\\"]/\\&/g' |
    awk 'BEGIN { printf "\"" } { printf "%s%s", (NR > 1 ? "\\n" : ""), $0 } END { printf "\"" }'
}

# 3. Talk to the tower. The token goes through standard input: arguments can be seen by every user of the machine.
post() { # post PATH BODY [TYPE] puts what the tower says into $answer.
  answer=$(printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: %s"\n' "$token" "${3:-application/json}" |
    curl -sS --max-time 60 -K - --data-binary "$2" "$url/api/tasks/$1")
}
# Every answer says whether to stop, so reporting often is what makes a cancel quick. False = stop.
report() { # report WHAT FIELDS, such as: report progress '"progress":0.5'
  post "$task/$1" "{\"attempt\":$attempt,$2}" || return 1
  case $answer in *'"cancel":true'* | *'"status":4'*) return 1 ;; esac
}
log() { report logs "\"lines\":[{\"level\":\"$1\",\"text\":$(json "$2")}]"; }
progress() { report progress "\"progress\":$1,\"step\":$(json "$2")"; }

# 4. The work. Ends with $table, or false when it must stop.
count_lines() {
  progress 0 'listing files' || return
  total=$(find "$folder" -type f | wc -l | tr -d ' ')
  log info "$total files in $folder" || return
  step=$(((total + 9) / 10)) done=0 counts=''
  while IFS= read -r file; do
    [ -n "$file" ] || continue
    [ "$pace" = .000 ] || sleep "$pace"
    base=${file##*/} count=$(wc -l <"$file" | tr -d ' ') done=$((done + 1))
    case ${base#.} in *.?*) type=${base##*.} ;; *) type='(none)' ;; esac
    counts="$counts$type $count
"
    # Ten times in all, or always when the work is slow: the tower takes at most 300 calls a second.
    if [ $((done % step)) = 0 ] || [ "$pace" != .000 ]; then
      log debug "$file: $count" && progress "$(awk "BEGIN { print $done / $total }")" "$done of $total files" || return
    fi
  done <<END
$(find "$folder" -type f)
END
  table=$(printf '%s' "$counts" | awk '{ sum[$1] += $2 } END { for (type in sum) print type, sum[type] }' | sort)
  post "$task/evidence?kind=text&name=lines%20by%20file%20type&attempt=$attempt" "$table" text/plain
  progress 1 'table written'
}

work() { # An attempt ends with exactly one of result, error and cancelled.
  task=$(field taskId) attempt=$(number attempt) url=$(field url) token=$(field token)
  asked=$(field prompt) base=$(field folder)
  [ -n "$asked" ] || asked=$(field title)
  case $asked in *' in '*) folder=${asked##* in } ;; *) folder=. ;; esac
  case $folder in /*) ;; *) folder=${base:-.}/$folder ;; esac
  if [ ! -d "$folder" ]; then
    report error "\"message\":$(json "$folder is not a folder. Name one, then retry.")"
  elif count_lines; then
    report result "\"result\":$(json "$table")"
  else
    post "$task/cancelled" '{}'
  fi
}

# 5. Ask for work for ever. The call waits on the tower's side until there is some, so this costs nothing.
while :; do
  if find_tower && post claim "{\"agent\":$(json "$name"),\"skills\":[\"count\"],\"waitMs\":25000}"; then
    case $answer in
      *'"taskId":'*) work ;;
      *'"status":'*) echo "$answer" >&2 && sleep 2 ;;
    esac
  else
    echo 'No tower answers. Open this folder in the editor.' >&2
    sleep 2
  fi
done

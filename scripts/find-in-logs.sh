#!/usr/bin/env bash
# Looks in a folder of logs for what may not stand there: names, numbers, tokens of a test's people.
#   scripts/find-in-logs.sh FOLDER <words     one on each line; not as arguments, which others on the machine can read
# A word counts as it is, as addresses write it and as JSON does, without regard to case; files may be gzipped.
# It tells file and line, and which word by its number: the word itself is not printed again.
# Words of less than four letters are left out.
# Exit code 0: nothing was found. 1: something was. 2: there was nothing to search or to look for.
set -euo pipefail

if [[ $# -ne 1 || ! -d $1 ]]; then
  sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

# Other bytes than letters and digits as %XX: in UTF-8, so also letters beyond ASCII.
encode() {
  local LC_ALL=C text=$1 out="" i char
  for ((i = 0; i < ${#text}; i++)); do
    char=${text:i:1}
    case $char in
      [A-Za-z0-9._~-]) out+=$char ;;
      *) out+=$(printf '%%%02X' "'$char" | sed 's/%FFFFFFFFFFFFFF/%/') ;;
    esac
  done
  printf '%s' "$out"
}

# Letters beyond ASCII as \uXXXX.
escape() {
  local text=$1 out="" i char code
  for ((i = 0; i < ${#text}; i++)); do
    char=${text:i:1}
    printf -v code '%d' "'$char"
    if ((code > 126)); then
      printf -v char '\\u%04X' "$code"
    fi
    out+=$char
  done
  printf '%s' "$out"
}

export LC_ALL=C.UTF-8
mapfile -t words < <(tr -d '\r')
mapfile -d '' -t files < <(find "$1" -type f -size +0 -print0)
sought=0
found=0
for at in "${!words[@]}"; do
  word=${words[at]}
  # Two or three letters stand everywhere.
  if ((${#word} < 4)); then
    echo "Word $((at + 1)) is too short to look for." >&2
    continue
  fi
  sought=$((sought + 1))
  patterns=$(printf '%s\n' "$word" "$(encode "$word")" "$(escape "$word")" | sort -u)
  for file in "${files[@]}"; do
    while IFS=: read -r line _; do
      echo "$file:$line: word $((at + 1))"
      found=1
    done < <(zcat -f -- "$file" | grep -aniF -e "$patterns" | cut -d: -f1)
  done
done

if ((sought == 0 || ${#files[@]} == 0)); then
  echo "$sought words in ${#files[@]} files: there is nothing to search, or nothing to look for." >&2
  exit 2
fi
echo "$sought words looked for in ${#files[@]} files: $( ((found)) && echo "FOUND" || echo "nothing found")"
exit "$found"

#!/bin/sh
# The whole road on the sample project: select, build, check, import, approve, send, report, preview.
# Nothing leaves the machine: the letter goes to a rehearsal server on the loopback.
# Usage: demo.sh NEWSLETTER FOLDER [--no-serve]
set -eu
newsletter=$1 folder=$2 serve=${3:-}

step() {
    printf '\n\033[1m$ newsletter %s\033[0m\n' "$*"
    "$newsletter" --project "$folder" "$@"
}

rm -rf "$folder"
printf '\033[1m$ newsletter init %s\033[0m\n' "$folder"
"$newsletter" init "$folder"
step articles --date 2023-08-16
step build 156
step check 156
step subscribers import "$folder/content/members.csv" --list members --consent "Bulletin d’adhésion à la coopérative, été 2023"
step approve 156 --by "Hélène Vasseur"
step send 156 --rehearsal --yes
step report last
[ "$serve" = "--no-serve" ] || step preview 156 --no-open

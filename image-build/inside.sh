#!/bin/sh
# Runs on a box that has just booted: looks at the services, one JSON line per check.
report=/root/report.jsonl
: >"$report"

tell() { # ok what said
  said=$(printf %s "$3" | tr '\n"\\' '   ' | cut -c1-1500)
  printf '{"ok": %s, "what": "%s", "said": "%s"}\n' "$1" "$2" "$said" >>"$report"
  [ "$1" = true ] || exit 1
}

# Wait up to $1 seconds for a command to succeed.
wait_for() {
  until=$(($(date +%s) + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$until" ] || return 1
    sleep 0.2
  done
}

seconds() { cut -d. -f1 /proc/uptime; }
pid() { systemctl show -p MainPID --value "linekeeper-$1"; }
logs() { journalctl -u "linekeeper-$1" --no-pager -n 8 -o cat; }

for service in recorder web; do
  wait_for 90 systemctl is-active --quiet "linekeeper-$service" ||
    tell false "$service is up" "$(logs "$service")"
  tell true "$service is up" "as $(ps -o user= -p "$(pid $service)")"
done

wait_for 60 curl -sk -o /dev/null https://127.0.0.1/ || tell false "page answers" "$(logs web)"
tell true "page answers" "HTTPS $(curl -sk -o /dev/null -w '%{http_code}' https://127.0.0.1/)"
tell true "open ports" "$(ss -Hltn | awk '{print $4}' | sort | tr '\n' ' ')"
[ "$(nsenter -t "$(pid recorder)" -n ss -Hltun | wc -l)" = 0 ] || tell false "recorder has no network" "it listens"
tell true "recorder has no network" "$(nsenter -t "$(pid recorder)" -n ip -br address | tr -s ' ')"

kept() { find /var/lib/linekeeper/recordings -name call.json | grep -q .; }
wait_for 120 kept || tell false "a call is filed" "$(logs recorder)"
tell true "a call is filed" "$(find /var/lib/linekeeper/recordings -name call.json | wc -l) so far"

before=$(pid recorder)
kill -STOP "$before"
again() { [ "$(pid recorder)" != "$before" ] && [ "$(pid recorder)" != 0 ] && systemctl is-active --quiet linekeeper-recorder; }
began=$(date +%s)
wait_for 60 again || tell false "a hang ends" "$(logs recorder)"
tell true "a hang ends" "recording again after $(($(date +%s) - began)) s"

for _ in 1 2 3 4 5 6 7 8; do
  before=$(pid recorder)
  kill -KILL "$before"
  wait_for 30 again || tell false "comes back after a kill" "$(logs recorder)"
done
tell true "comes back after a kill" "eight times in a row"

DEBIAN_FRONTEND=noninteractive dpkg -i /root/linekeeper.deb >/root/upgrade.txt 2>&1 ||
  tell false "upgrade" "$(cat /root/upgrade.txt)"
wait_for 60 systemctl is-active --quiet linekeeper-recorder linekeeper-web || tell false "upgrade" "$(logs recorder)"
tell true "upgrade" "services are up again, settings $(grep -c demo_live /etc/linekeeper/config.toml) as before"

for service in recorder web; do
  tell true "$service exposure" "$(systemd-analyze security --no-pager "linekeeper-$service" | tail -1 | tr -cd ' -~')"
done
tell true end "up for $(seconds) s"

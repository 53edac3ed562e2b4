#!/usr/bin/env bash
# A SLURM cluster of one machine, for tests: munge, MariaDB, slurmdbd, slurmctld and slurmd, with two GPUs that are fake.
#
#   tests/slurm/one_node.sh up FOLDER    start everything; configuration, state and logs are in FOLDER, which is made
#   tests/slurm/one_node.sh restart      stop and start the controller, as its administrator might
#   tests/slurm/one_node.sh down         stop everything
#
# It needs root and Debian's packages slurmctld, slurmd, slurm-client, munge, slurmdbd and mariadb-server, but no systemd.
# While it is up, /etc/slurm points to FOLDER (the plugin's jobs drop SLURM_CONF and look nowhere else), and holds the
# numbers of its processes in one_node: whatever a test run that was killed left is found there, and `up` ends it first.
# A SLURM that is not of this script's making is left alone.
set -euo pipefail

command=$1
pids=/etc/slurm/one_node
host=$(hostname -s)
templates=$(dirname "$(realpath "$0")")

configure() {
  mkdir -p "$folder"/{slurmctld,slurmd,mariadb} "$pids"
  for name in slurm.conf gres.conf slurmdbd.conf mariadb.cnf; do
    sed -e "s|\$folder|$folder|g" -e "s|\$host|$host|g" "$templates/$name" >"$folder/$name"
  done
  chmod 600 "$folder/slurmdbd.conf"
  ln -s "$folder"/{slurm,gres,slurmdbd}.conf /etc/slurm/
  head -c 1024 /dev/urandom >"$folder/munge.key"
  chmod 400 "$folder/munge.key"
  mknod "$folder/gpu0" c 1 3
  mknod "$folder/gpu1" c 1 3
  mariadb-install-db --defaults-file="$folder/mariadb.cnf" --skip-test-db \
    --auth-root-authentication-method=socket --auth-root-socket-user=root >"$folder/mariadb-install.log" 2>&1
}

start() {
  case $1 in
    munged)
      munged --force --key-file="$folder/munge.key" --socket="$folder/munge.sock" --seed-file="$folder/munge.seed" \
        --pid-file="$pids/munged.pid" --log-file="$folder/munged.log"
      ;;
    mariadbd)
      mariadbd --defaults-file="$folder/mariadb.cnf" >/dev/null 2>&1 &
      until_true mariadb-admin --no-defaults --user=root --socket="$folder/mariadb.sock" ping
      ;;
    slurmdbd)
      MYSQL_UNIX_PORT=$folder/mariadb.sock slurmdbd
      until_true sacctmgr --noheader list cluster
      ;;
    slurmctld)
      slurmctld
      until_true scontrol ping
      ;;
    slurmd)
      slurmd -N "$host"
      until_true sh -c "sinfo --noheader --format=%T | grep --quiet --extended-regexp 'idle|mixed|allocated'"
      ;;
  esac
}

stop() {
  [[ -s $pids/$1.pid ]] || return 0
  local pid
  pid=$(<"$pids/$1.pid")
  if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$1" ]]; then # and not a process that has got its number since
    kill "$pid"
    until_true sh -c "! kill -0 $pid" || kill -9 "$pid"
  fi
  rm -f "$pids/$1.pid"
}

down() {
  for daemon in slurmd slurmctld slurmdbd mariadbd munged; do stop "$daemon"; done
  rm -f /etc/slurm/{slurm,gres,slurmdbd}.conf
  rm -r "$pids"
}

until_true() {
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "after 30 seconds, this still fails: $*" >&2
  return 1
}

case $command in
  up)
    folder=$(realpath --canonicalize-missing "$2")
    if [[ -d $pids ]]; then
      down
    elif [[ -e /etc/slurm/slurm.conf ]]; then
      echo "this machine has a SLURM of its own: /etc/slurm/slurm.conf" >&2
      exit 1
    fi
    configure
    for daemon in munged mariadbd slurmdbd slurmctld slurmd; do start "$daemon"; done
    ;;
  restart)
    stop slurmctld
    sleep 3 # while nobody answers
    start slurmctld
    ;;
  down)
    if [[ -d $pids ]]; then down; fi
    ;;
esac

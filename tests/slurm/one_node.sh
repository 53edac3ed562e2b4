#!/usr/bin/env bash
# A SLURM cluster of one machine, for tests: munge, MariaDB, slurmdbd, slurmctld and slurmd, with two GPUs that are fake.
#
#   tests/slurm/one_node.sh up FOLDER          start everything; configuration, state and logs are in FOLDER, which is made
#   tests/slurm/one_node.sh restart FOLDER     stop and start the controller, as its administrator might
#   tests/slurm/one_node.sh down FOLDER        stop everything
#
# It needs root and Debian's packages slurmctld, slurmd, slurm-client, munge, slurmdbd and mariadb-server, but no systemd.
# While it is up, /etc/slurm points to FOLDER: the plugin's jobs drop SLURM_CONF and look nowhere else.
set -euo pipefail

command=$1
folder=$(realpath --canonicalize-missing "$2")
host=$(hostname -s)
templates=$(dirname "$(realpath "$0")")

configure() {
  mkdir -p "$folder"/{slurmctld,slurmd,mariadb} /etc/slurm
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
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log"
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
  [[ -s $folder/$1.pid ]] || return 0
  local pid
  pid=$(<"$folder/$1.pid")
  kill "$pid" 2>/dev/null || true
  until_true sh -c "! kill -0 $pid" || kill -9 "$pid"
  rm -f "$folder/$1.pid"
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
    configure
    for daemon in munged mariadbd slurmdbd slurmctld slurmd; do start "$daemon"; done
    ;;
  restart)
    stop slurmctld
    sleep 3 # while nobody answers
    start slurmctld
    ;;
  down)
    for daemon in slurmd slurmctld slurmdbd mariadbd munged; do stop "$daemon"; done
    for name in slurm gres slurmdbd; do
      [[ $(readlink "/etc/slurm/$name.conf") == "$folder/$name.conf" ]] && rm "/etc/slurm/$name.conf"
    done
    ;;
esac

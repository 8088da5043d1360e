# A throwaway PostgreSQL cluster, run by an unprivileged user and removed at the end. Sourced by ./test.

postgres_folder=""
postgres_bin=""
postgres_user=""
postgres_log=""

as_postgres_user() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid "$(id -u "$postgres_user")" --regid "$(id -g "$postgres_user")" --clear-groups env -C "$postgres_folder" "$@"
  else
    (cd "$postgres_folder" && "$@")
  fi
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Exports VESTIBULE_TEST_POSTGRES. A server that the caller named is used as it is.
start_postgres() {
  [ -n "${VESTIBULE_TEST_POSTGRES:-}" ] && { need_psql; return; }
  need_postgres || return 1
  command -v python3 >/dev/null || install_packages python3 python3-venv || return 1
  need_psql || return 1
  postgres_bin="$(postgres_programs)" || return 1
  # PostgreSQL refuses to run as root.
  postgres_user="$(id -un)"
  [ "$(id -u)" -eq 0 ] && { id postgres >/dev/null 2>&1 && postgres_user=postgres || postgres_user=nobody; }
  postgres_folder="$scratch/postgres"
  mkdir -p "$postgres_folder/socket"

  postgres_log="$postgres_folder/log"
  local log="$postgres_log" port
  # A collation that does not sort by bytes: text order must come from our SQL, never from the server's locale.
  local options=(-A trust -U vestibule -E UTF8)
  touch "$log"
  [ "$(id -u)" -eq 0 ] && chown -R "$postgres_user" "$postgres_folder"
  as_postgres_user "$postgres_bin/initdb" -D "$postgres_folder/data" "${options[@]}" --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en-US >"$log" 2>&1 || {
    rm -rf "$postgres_folder/data"
    as_postgres_user "$postgres_bin/initdb" -D "$postgres_folder/data" "${options[@]}" >>"$log" 2>&1
  } || { tail -20 "$log" >&2; return 1; }
  port="$(free_port)"
  as_postgres_user "$postgres_bin/pg_ctl" -D "$postgres_folder/data" -l "$log" -w -t 60 \
    -o "-p $port -k $postgres_folder/socket -c listen_addresses=127.0.0.1 -c max_connections=400 -c fsync=on" start >/dev/null || {
    tail -20 "$log" >&2
    return 1
  }
  export VESTIBULE_TEST_POSTGRES="postgres://vestibule@127.0.0.1:$port/postgres"
}

stop_postgres() {
  [ -n "$postgres_folder" ] && [ -d "$postgres_folder/data" ] || return 0
  as_postgres_user "$postgres_bin/pg_ctl" -D "$postgres_folder/data" -m immediate -w stop >/dev/null 2>&1
  cp "$postgres_log" "$VESTIBULE_TEST_LOGS/postgres.log" 2>/dev/null
  rm -rf "$postgres_folder"
}

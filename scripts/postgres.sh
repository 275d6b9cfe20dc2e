# For scripts/test: finds a PostgreSQL, or starts one that is gone afterwards. Sourced, not run.
#
# use_postgres   sets DATABASE_URL; answers 1 when there is none, having said why
# end_postgres   ends the server that use_postgres has started, if it has

readonly POSTGRES_LOOPBACK=postgres://postgres@127.0.0.1:5432/postgres
readonly POSTGRES_PATIENCE=60 # seconds

postgres_pid=
postgres_folder=

use_postgres() {
    local programs
    # The tests start and kill servers of their own too, so the programs are needed in any case.
    programs=$(postgres_programs) || {
        install_postgres || return 1
        programs=$(postgres_programs) || { echo "PostgreSQL was installed, and has no initdb" >&2; return 1; }
    }
    PATH=$programs:$PATH
    local url
    for url in ${DATABASE_URL:+"$DATABASE_URL"} "$POSTGRES_LOOPBACK"; do
        if postgres_answers "$url"; then
            echo "PostgreSQL: the server at $(postgres_shown "$url")"
            export DATABASE_URL=$url
            return 0
        fi
        echo "PostgreSQL: no server for tests at $(postgres_shown "$url")"
    done
    start_postgres
}

end_postgres() {
    if [[ -n $postgres_pid ]]; then
        # Fast shutdown: it cuts connections and ends its children itself.
        kill -INT "$postgres_pid" 2>/dev/null || true
        wait "$postgres_pid" 2>/dev/null || true
        postgres_pid=
    fi
    [[ -z $postgres_folder ]] || rm -rf "$postgres_folder"
}

# The folder with initdb and the others: the newest version of the machine, or what is in PATH.
postgres_programs() {
    local folder
    while read -r folder; do
        if [[ -x $folder/initdb && -x $folder/postgres && -x $folder/psql ]]; then
            echo "$folder"
            return 0
        fi
    done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV; tr : '\n' <<<"$PATH")
    return 1
}

install_postgres() {
    if ((EUID)) || ! command -v apt-get >/dev/null; then
        echo "PostgreSQL isn't installed, and only root can install it, on Debian and its kin" >&2
        return 1
    fi
    echo "PostgreSQL isn't installed: installing Debian's package"
    # Without a look at the archive a fresh machine knows no packages.
    DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >&2
}

# Whether there is a server whose user may do what the tests do: make databases.
postgres_answers() {
    local may
    may=$(PGCONNECT_TIMEOUT=5 psql -XAtqw "$1" \
        -c "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user" 2>/dev/null) || return 1
    [[ $may == t ]]
}

# An address without its password.
postgres_shown() {
    sed -E 's#://([^:/@]*):[^@]*@#://\1:…@#' <<<"$1"
}

start_postgres() {
    local attempt port as=()
    if ((EUID == 0)); then
        # The server refuses to run as root.
        id postgres >/dev/null || return 1
        as=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
    fi
    postgres_folder=$(mktemp -d)
    ((EUID)) || chown postgres "$postgres_folder"
    "${as[@]}" initdb --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
        --pgdata "$postgres_folder/data" >"$postgres_folder.log" 2>&1 || { postgres_failed; return 1; }
    for attempt in 1 2 3 4 5; do
        port=$((RANDOM % 20000 + 40000))
        # Between the look and the start somebody else may take the port.
        if postgres_port_is_free "$port" && run_postgres "$port" "${as[@]}"; then
            export DATABASE_URL=postgres://postgres@127.0.0.1:$port/postgres
            echo "PostgreSQL: a server of our own at $DATABASE_URL, until the end"
            rm -f "$postgres_folder.log"
            return 0
        fi
    done
    postgres_failed
    return 1
}

run_postgres() {
    local port=$1 end=$((SECONDS + POSTGRES_PATIENCE))
    shift
    "$@" postgres -D "$postgres_folder/data" -p "$port" -k "$postgres_folder" \
        -c listen_addresses=127.0.0.1 </dev/null >"$postgres_folder.log" 2>&1 &
    postgres_pid=$!
    while ((SECONDS < end)) && kill -0 "$postgres_pid" 2>/dev/null; do
        # By its socket: what answers on the port may be somebody else's.
        if postgres_answers "postgres://postgres@/postgres?host=$postgres_folder&port=$port"; then
            return 0
        fi
        sleep 0.1
    done
    kill -INT "$postgres_pid" 2>/dev/null || true
    wait "$postgres_pid" 2>/dev/null || true
    postgres_pid=
    return 1
}

postgres_port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

postgres_failed() {
    echo "PostgreSQL doesn't start:" >&2
    cat "$postgres_folder.log" >&2
    rm -f "$postgres_folder.log"
}

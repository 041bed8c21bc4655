# Sourced by the scripts beside it: finds what they need, and installs from Debian's packages what is missing.
# Each function says what it installs before it does, and fails with a sentence where it cannot.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

say() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
}

fail() {
  say "$*"
  exit 1
}

# As root, or through sudo where it asks for no password.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

# install_packages REASON PACKAGE…: fails, with no words, where packages cannot be installed here.
install_packages() {
  local reason=$1
  shift
  command -v apt-get >/dev/null || return 1
  as_root true 2>/dev/null || return 1
  say "installing Debian's packages $* ($reason)"
  # Another run may hold the lock of the package lists, which apt-get does not wait for.
  local try
  for try in 1 2 3 4 5; do
    if as_root apt-get update -qq >&2; then break; fi
    sleep $((try * 2))
  done
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >&2
}

need_cargo() {
  command -v cargo >/dev/null ||
    fail "cargo is missing: Letterlock is built with Rust 1.95 or newer; install it with rustup and start again"
}

need_compiler() {
  command -v cc >/dev/null ||
    install_packages 'a C compiler, for the embedded SQLite' gcc libc6-dev ||
    fail 'no C compiler (cc) was found and none could be installed here: install gcc, for the embedded SQLite'
}

have_node() {
  local major
  command -v npm >/dev/null && major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) && [ "$major" -ge 18 ]
}

# need_node REASON: fails, with no words, where there is no Node 18 or newer and none can be had.
need_node() {
  have_node || { install_packages "$1" nodejs npm && have_node; }
}

# Sets postgres_bin to the folder of a PostgreSQL server's programs.
need_postgres() {
  find_postgres || { install_packages 'a PostgreSQL server, for the tests' postgresql && find_postgres; } ||
    fail 'no PostgreSQL server was found and none could be installed here: install the package postgresql'
}

find_postgres() {
  local folder
  # Debian keeps a server's programs off the path; the newest version stands last.
  for folder in "$(pg_config --bindir 2>/dev/null || true)" $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
    if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/postgres" ]; then
      postgres_bin=$folder
      return 0
    fi
  done
  return 1
}

need_chromium() {
  [ -n "${CHROMIUM-}" ] || [ -x /usr/bin/chromium ] || [ -x /usr/bin/chromium-browser ] || [ -x /usr/bin/google-chrome ] ||
    install_packages 'a browser, for the tests of GraphiQL' chromium ||
    fail 'no Chromium was found and none could be installed here: install the package chromium, or name one in CHROMIUM'
}

# The folder that cargo builds into.
target_folder() {
  local folder=${CARGO_TARGET_DIR:-$root/target}
  case $folder in
    /*) printf '%s\n' "$folder" ;;
    *) printf '%s\n' "$PWD/$folder" ;;
  esac
}

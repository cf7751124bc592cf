# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # the names set and read here are those of the two scripts
# What install.sh and uninstall.sh share: words in two languages, and where things are.

# say "中文" "English": both, one under the other, whatever the terminal's language.
say() {
    printf '%s\n  %s\n' "$1" "$2"
}

stop() {
    printf '%s\n  %s\n' "停止：$1" "Stopped: $2" >&2
    exit 1
}

# ask "中文" "English": the answer to a question is yes only when someone types it.
ask() {
    printf '%s\n  %s [yes/no] ' "$1" "$2"
    read -r answer || answer=no
    [ "$answer" = yes ]
}

# Sets where everything of one role is. A prefix makes the same tree elsewhere, without user and
# service: for trying it out, and for images that are copied to a machine later.
set_places() {
    case "$role" in
        node) name=xuezhan ;;
        hub) name=xuezhan-hub ;;
        *) stop "--role 只能是 node 或 hub" "--role is node or hub" ;;
    esac
    app="$prefix/opt/$name"
    data="$prefix/var/lib/$name"
    unit="$prefix/etc/systemd/system/xuezhan-$role.service"
    if [ -z "$prefix" ] && [ "$(id -u)" -ne 0 ]; then
        stop "请用 root 运行(sudo)" "please run as root (sudo)"
    fi
    if [ -n "$prefix" ] || ! [ -d /run/systemd/system ]; then
        service=no
    fi
}

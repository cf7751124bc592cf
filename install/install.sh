#!/bin/sh
# 安装或升级学站 / Install or upgrade Xuezhan on Linux.
#
#   sudo sh install/install.sh [--hub URL --code CODE] [--port N] [--wheels DIR]
#
#   --role node|hub   站点机（默认）或枢纽 / a station's node (default) or the hub
#   --hub URL         枢纽地址 / address of the hub
#   --code CODE       接入码 / the station's one-time code
#   --ca FILE         枢纽是 https 时，省局给的证书文件 / where the hub is https: the file of its authority
#   --address URL     枢纽对外的地址(--role hub)/ the hub's own address for stations
#   --port N          网页端口 / port of the web pages (default 8480, hub 8700)
#   --wheels DIR      不联网：从此文件夹安装 / offline: install from this folder
#   --prefix DIR      装到此文件夹下，不建用户和服务 / into this folder, without user and service
#   --no-service      不建系统服务 / no system service
#
# 再次运行即升级：先备份，数据保留。
# Run it again to upgrade: it backs up first, data stays.
set -eu
# What is installed is read by the service's user, whatever root's own umask is.
umask 022

here=$(cd "$(dirname "$0")" && pwd)
source=$(dirname "$here")
# shellcheck source=install/words.sh
. "$here/words.sh"

role=node hub='' code='' ca='' address='' port='' wheels='' prefix='' service=yes

read_arguments() {
    while [ $# -gt 0 ]; do
        case "$1" in
            --no-service) service=no; shift; continue ;;
            -h | --help) sed -n '2,17s/^# \{0,1\}//p' "$0"; exit 0 ;;
        esac
        [ $# -ge 2 ] || stop "参数 $1 缺少内容或不认识" "$1 is unknown or lacks its value"
        case "$1" in
            --role) role=$2 ;;
            --hub) hub=$2 ;;
            --code) code=$2 ;;
            --ca) ca=$2 ;;
            --address) address=$2 ;;
            --port) port=$2 ;;
            --wheels) wheels=$(cd "$2" && pwd) ;;
            --prefix) mkdir -p "$2"; prefix=$(cd "$2" && pwd) ;;
            *) stop "不认识的参数 $1" "unknown option $1" ;;
        esac
        shift 2
    done
    case "$port" in
        *[!0-9]*) stop "端口必须是数字" "the port must be a number" ;;
    esac
    if [ -n "$port" ] && { [ "$port" -lt 1024 ] || [ "$port" -gt 65535 ]; }; then
        stop "端口请用 1024 至 65535" "use a port from 1024 to 65535"
    fi
    if [ -n "$ca" ] && ! [ -r "$ca" ]; then
        stop "读不到证书文件 $ca" "cannot read the certificate file $ca"
    fi
    if [ -n "$code" ] && [ -z "$hub" ]; then
        stop "有接入码也要有 --hub 地址" "--code needs --hub"
    fi
}

# The system's own Python first: one in somebody's home cannot be run by the service's user.
find_python() {
    for python in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
        if may_run "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return
        fi
    done
    stop "需要 Python 3.11 或更新版本" "Python 3.11 or newer is needed"
}

may_run() {
    if [ -n "$prefix" ]; then
        "$@"
    else
        runuser -u xuezhan -- "$@"
    fi
}

make_user() {
    [ -z "$prefix" ] || return 0
    if ! id xuezhan >/dev/null 2>&1; then
        say "建立系统用户 xuezhan" "Making the system user xuezhan"
        useradd --system --home-dir "$data" --no-create-home --shell /usr/sbin/nologin xuezhan
    fi
}

make_venv() {
    # Debian splits ensurepip off. The wheels folder has a pip of its own to start with.
    if "$python" -m venv "$1" >/dev/null 2>&1; then
        return
    fi
    rm -rf "$1"
    if [ -n "$wheels" ] && "$python" -m venv --without-pip "$1"; then
        pip_wheel=$(find "$wheels" -name 'pip-*.whl' | head -n 1)
        if [ -n "$pip_wheel" ]; then
            "$1/bin/python" "$pip_wheel/pip" install --quiet --no-index "$pip_wheel"
            return
        fi
        rm -rf "$1"
    fi
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get install -y -q python3-venv >/dev/null 2>&1 || true
    fi
    "$python" -m venv "$1" || stop "请先安装 python3-venv" "please install python3-venv first"
}

# A release is made whole beside the running one; only then the link is turned.
make_release() {
    release="$app/releases/$(date +%Y%m%d-%H%M%S)"
    mkdir -p "$release/app/install"
    say "正在安装程序，请稍候 …" "Installing, please wait …"
    make_venv "$release/venv"
    if [ -n "$wheels" ]; then
        set -- --no-index --find-links "$wheels"
    else
        set --
    fi
    "$release/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --only-binary :all: --require-hashes -r "$here/requirements/$role.txt" "$@" ||
        stop "程序库没有装上（原因见上）" "the libraries were not installed (see above)"
    for folder in sync content "$role"; do
        cp -R "$source/$folder" "$release/app/$folder"
    done
    rm -rf "$release/app/content/samples"
    cp "$source/node/keeper/backup.py" "$here/uninstall.sh" "$here/words.sh" \
        "$here/nginx-hub.conf" "$release/app/install/"
    cp -R "$source/docs" "$source/LICENSE" "$release/app/"
    "$release/venv/bin/python" -m compileall -q "$release/app"
}

write_commands() {
    mkdir -p "$app/bin"
    command="$app/bin/xuezhan-$role"
    backup="$app/current/venv/bin/python $app/current/app/install/backup.py $data"
    if [ "$role" = hub ]; then
        backup="$command backup"
    fi
    cat >"$command" <<EOF
#!/bin/sh
# As the user whose the data are, also when root calls it: files stay theirs.
export PYTHONPATH=$app/current/app PYTHONDONTWRITEBYTECODE=1
export XUEZHAN_DATA="\${XUEZHAN_DATA:-$data}" XUEZHAN_HUB_DATA="\${XUEZHAN_HUB_DATA:-$data}"
$become
exec $app/current/venv/bin/python -m $role "\$@"
EOF
    cat >"$app/bin/xuezhan-backup" <<EOF
#!/bin/sh
$become
exec $backup "\$@"
EOF
    chmod 755 "$command" "$app/bin/xuezhan-backup"
    if [ -z "$prefix" ]; then
        ln -sfn "$command" "/usr/local/bin/xuezhan-$role"
        ln -sfn "$app/bin/xuezhan-backup" "/usr/local/bin/xuezhan-$role-backup"
    fi
}

stop_service() {
    if [ "$service" = yes ] && [ -f "$unit" ]; then
        systemctl stop "xuezhan-$role.service"
    fi
}

back_up() {
    if [ "$role" = hub ]; then
        back_up_hub
    elif [ -f "$data/node.db" ]; then
        say "升级：先备份数据库" "Upgrade: backing up the database first"
        may_run "$release/venv/bin/python" "$release/app/install/backup.py" "$data" ||
            give_up
    fi
}

# The release that ran goes on.
give_up() {
    if [ "$service" = yes ] && [ -f "$unit" ]; then
        systemctl start "xuezhan-$role.service" || true
    fi
    stop "备份失败（原因见上），没有升级" "the backup failed (see above), nothing was upgraded"
}

# The new program does it: it reads tables of any earlier release, on SQLite and PostgreSQL.
back_up_hub() {
    [ -f "$data/hub.key" ] || return 0
    say "升级：先备份枢纽（数据库、密钥、课程文件）" \
        "Upgrade: backing up the hub first (database, keys, files of courses)"
    may_run env PYTHONPATH="$release/app" PYTHONDONTWRITEBYTECODE=1 \
        "$release/venv/bin/python" -m hub --data "$data" backup --incomplete || {
        # 3: made, and it has said which files of courses the hub had lost before.
        [ $? -eq 3 ] || give_up
    }
}

# set_value NAME VALUE: in the settings file, whatever stood there before.
set_value() {
    touch "$file"
    grep -v "^$1 *=" "$file" >"$file.part" || true
    echo "$1 = $2" >>"$file.part"
    mv "$file.part" "$file"
}

write_settings() {
    mkdir -p "$data"
    chmod 700 "$data"
    file="$data/$role.toml"
    if [ -n "$port" ]; then
        set_value port "$port"
    fi
    if [ "$role" = hub ] && ! [ -f "$data/hub.key" ]; then
        set_value host '"0.0.0.0"'
        set_value address "\"${address:-http://$(hostname):${port:-8700}}\""
    fi
    if [ -z "$prefix" ]; then
        chown -R xuezhan:xuezhan "$data"
    fi
}

write_unit() {
    mkdir -p "$(dirname "$unit")"
    sed -e "s|@ROLE@|$role|g" -e "s|@USER@|xuezhan|g" -e "s|@APP@|$app|g" \
        -e "s|@STATE@|$name|g" "$here/xuezhan.service" >"$unit"
}

start_service() {
    if [ "$service" = yes ]; then
        systemctl daemon-reload
        systemctl enable --quiet "xuezhan-$role.service"
        systemctl restart "xuezhan-$role.service"
        say "服务已启动，开机自动运行" "The service runs, and starts with the machine"
    else
        say "没有建系统服务。启动： $command run" \
            "No system service. To start: $command run"
    fi
}

# The last two releases stay: the running one, and the one to go back to.
forget_old_releases() {
    find "$app/releases" -mindepth 1 -maxdepth 1 -type d | sort -r | tail -n +3 |
        while read -r old; do rm -rf "$old"; done
}

firewall_hint() {
    [ -z "$prefix" ] || return 0
    if command -v ufw >/dev/null 2>&1; then
        say "防火墙：ufw allow $shown_port/tcp" "Firewall: ufw allow $shown_port/tcp"
    elif command -v firewall-cmd >/dev/null 2>&1; then
        say "防火墙：firewall-cmd --permanent --add-port=$shown_port/tcp && firewall-cmd --reload" \
            "Firewall: the command above opens the port"
    fi
}

read_arguments "$@"
set_places
become=''
if [ -z "$prefix" ]; then
    # shellcheck disable=SC2016  # expanded when the command runs
    become='[ "$(id -u)" -ne 0 ] || exec runuser -u xuezhan -- "$0" "$@"'
fi
make_user
find_python
make_release
stop_service
back_up
ln -sfn "$release" "$app/current"
write_commands
write_settings
if [ "$role" = hub ] && ! [ -f "$data/hub.key" ]; then
    "$command" init
fi
if [ -n "$code" ]; then
    if [ -n "$ca" ]; then
        # Where it came from the service's user may not be able to read it.
        install -m 644 "$ca" "$data/hub-ca.pem"
    fi
    "$command" join "$hub" "$code" ${ca:+--ca "$data/hub-ca.pem"} ||
        stop "没有接入枢纽，其余已装好" "it did not join; all else is installed"
fi
write_unit
start_service
forget_old_releases
shown_port=$(sed -n 's/^port *= *//p' "$data/$role.toml" 2>/dev/null | tail -n 1)
[ -n "$shown_port" ] || { [ "$role" = hub ] && shown_port=8700 || shown_port=8480; }
firewall_hint
say "安装完成。浏览器打开 http://本机地址：$shown_port" \
    "Done. Open http://<this machine>:$shown_port in a browser"

#!/bin/sh
# 卸载学站，数据保留 / Uninstall Xuezhan, data stays.
#
#   sudo sh uninstall.sh [--role node|hub] [--purge] [--prefix DIR]
#
#   --purge   连数据一起删除（会再问一次）/ delete the data too (asks once more)
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=install/words.sh
. "$here/words.sh"

role=node prefix='' purge=no service=yes

while [ $# -gt 0 ]; do
    case "$1" in
        --purge) purge=yes; shift ;;
        --role) role=$2; shift 2 ;;
        --prefix) prefix=$(cd "$2" && pwd); shift 2 ;;
        *) stop "不认识的参数 $1" "unknown option $1" ;;
    esac
done
set_places

# Asked before anything is taken away, so that "no" leaves all as it was.
if [ "$purge" = yes ]; then
    ask "将永久删除 $data 中的全部学习记录，确定吗?" "Delete all learning records in $data for good?" ||
        stop "什么也没有删除" "nothing was deleted"
fi
if [ "$service" = yes ] && [ -f "$unit" ]; then
    systemctl disable --quiet --now "xuezhan-$role.service"
fi
rm -f "$unit"
if [ "$service" = yes ]; then
    systemctl daemon-reload
fi
if [ -z "$prefix" ]; then
    rm -f "/usr/local/bin/xuezhan-$role" "/usr/local/bin/xuezhan-$role-backup"
fi
rm -rf "$app"
if [ "$purge" = yes ]; then
    rm -rf "$data"
    say "程序和数据都已删除" "The program and the data are gone"
else
    say "程序已删除，数据保留在 $data" "The program is gone, the data stays in $data"
fi

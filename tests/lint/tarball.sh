#!/bin/bash
# The tarball is the same bytes whoever makes it, of a repository or of itself, and has all files of the repository; its version is
# one that the packagers' programs put in order. The release has its news.
cd "$(dirname "$0")/../.." || exit 1
failed=0

complain()
{
    echo "$*"
    failed=1
}

if [[ ! -e .git ]] || ! command -v git >/dev/null; then
    echo "needs a repository, and git"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
release=$(sed -n 's/^RELEASE := //p' Makefile)
version=$(src/packaging/version "$release")
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(~[0-9]+\.g[0-9a-f]{8})?(\.dirty)?$ ]] || complain "what a version is this: $version"
grep -qx "### $release" README.md || complain "README.md has no news of $release"

src/packaging/dist "$version" "$work/one.tar.gz"
tar -x -z -f "$work/one.tar.gz" -C "$work"
mv "$work/vmnetcheck-$version" "$work/unpacked"
(umask 077 && TZ=Asia/Tokyo LC_ALL=en_US.UTF-8 src/packaging/dist "$version" "$work/two.tar.gz")
chmod -R go-rwx "$work/unpacked"
"$work/unpacked/src/packaging/dist" "$version" "$work/three.tar.gz"
cmp "$work/one.tar.gz" "$work/two.tar.gz" || complain "made again, it is another one"
cmp "$work/one.tar.gz" "$work/three.tar.gz" || complain "made of itself, it is another one"

differing=$(diff <(cd "$work/unpacked" && find . -type f -printf '%P\n' | LC_ALL=C sort) <({ git ls-files && echo .version; } | LC_ALL=C sort)) ||
    complain "files: < in the tarball only, > in the repository only: $differing"
[[ $("$work/unpacked/src/packaging/version" "$release") == "$version" ]] || complain "unpacked, it has another version"
exit $failed

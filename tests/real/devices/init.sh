# First process of a device: gives it its own files and host name, then holds its namespaces open.
# $1 is its name, $2 the folder its files are kept in.
cd "$2"
grep -E '^(root|sshd|frr|nobody):' /etc/passwd > etc/passwd
echo 'samnet:x:0:0:samnet:/tmp:/bin/sh' >> etc/passwd
grep -E '^(root|sshd|frr|frrvty|nogroup):' /etc/group > etc/group
echo "$1" > etc/hostname
hostname "$1"
# Debian reaches some programs by way of /etc/alternatives, and libraries by way of the cache.
cp -a /etc/alternatives /etc/ld.so.cache etc/
mkdir -p etc/pam.d
for kind in auth account session; do echo "$kind required pam_permit.so"; done > etc/pam.d/frr
echo 1 > /proc/sys/net/ipv4/ip_forward
mount --bind sbin /usr/local/sbin
mount --bind etc /etc
mount --bind run /run
mount --bind tmp /tmp
echo $$ > pid.new
mv pid.new pid
while :; do sleep 1000 & wait $!; done

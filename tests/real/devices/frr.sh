# Starts the routing daemons of a device.
mkdir -p /etc/frr /run/frr
echo 'service integrated-vtysh-config' > /etc/frr/vtysh.conf
: > /etc/frr/frr.conf
chown -R frr:frr /etc/frr /run/frr
for daemon in zebra staticd ospfd bgpd; do
  /usr/lib/frr/$daemon -d -A 127.0.0.1 --log file:/run/frr/$daemon.log > /dev/null 2>&1 < /dev/null
done

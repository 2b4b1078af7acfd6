# Starts Open vSwitch on a device, with one empty bridge that forwards in user space.
mkdir -p /etc/openvswitch /run/openvswitch
ovsdb-tool create /etc/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
quiet='--detach --no-chdir --pidfile -vconsole:off'
ovsdb-server /etc/openvswitch/conf.db --remote=punix:/run/openvswitch/db.sock $quiet --log-file=/run/ovsdb.log 2>> /run/ovs.log
ovs-vsctl --no-wait init
ovs-vswitchd $quiet --log-file=/run/vswitchd.log 2>> /run/ovs.log
ovs-vsctl --timeout=10 add-br br0 -- set bridge br0 datapath_type=netdev

//! Many devices in one process, and many people at once.

use tokio::sync::Barrier;

use super::*;

const COUNT: usize = 300;
/// Whoever waits longer than this for everybody else has been left outside.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_devices_take_a_login_each_at_once_and_leave_nothing_behind() {
    let kinds = [
        ("cisco_iosxe", SWITCH, "vlan 10"),
        ("frr", ROUTER, "ip address 10.0.0.1/31"),
        ("linux_nftables", TABLE, "ct state established"),
        ("openwrt", RADIO, "option hostname 'ap-1'"),
        ("juniper_junos", ETHERNET, "vlan-id 10"),
        ("fortinet_fortios", WALL, "set hostname \"fw1\""),
    ];
    let kind = move |n: usize| kinds[n % kinds.len()];
    let name = |n: usize| format!("d{n:03}");
    let stand = Stand::with((0..COUNT).map(|n| device(&name(n), kind(n).0, kind(n).1)).collect());
    let stand = Arc::new(stand);
    let ports: Vec<_> = stand.lab.addresses().map(|(_, address)| address).collect();
    let everybody = Arc::new(Barrier::new(COUNT));
    let mut guests = tokio::task::JoinSet::new();
    for n in 0..COUNT {
        let (stand, everybody) = (Arc::clone(&stand), Arc::clone(&everybody));
        guests.spawn(async move {
            let (name, (platform, _, wanted)) = (name(n), kind(n));
            let mut session = stand.connect(&name, platform).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            // Nobody goes on before everybody is in.
            tokio::time::timeout(PATIENCE, everybody.wait()).await.expect("somebody is not let in");
            let text = session.running().await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(text.contains(wanted), "{name}: {text}");
            assert_eq!(stand.lab.logins(&name), 1);
            session.close().await;
        });
    }
    while let Some(guest) = guests.join_next().await {
        guest.unwrap();
    }
    let stand = Arc::into_inner(stand).unwrap();
    tokio::time::timeout(Duration::from_secs(10), stand.lab.stop()).await.expect("the lab did not stop");
    for address in ports {
        assert!(std::net::TcpListener::bind(address).is_ok(), "{address} is still taken");
    }
}

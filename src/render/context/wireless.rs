//! Radios and wireless networks.

use serde::Serialize;

use crate::model::{Band, Day, Security};

/// A radio.
#[derive(Clone, Debug, Serialize)]
pub struct RadioContext {
    /// The platform's name.
    pub name: String,
    /// `2.4`, `5` or `6`.
    pub band: Band,
    /// Channel; absent where the device chooses.
    pub channel: Option<u32>,
    /// Width in MHz.
    pub width: u32,
    /// Power in dBm, antenna gain included; absent where the device chooses.
    pub power_dbm: Option<u32>,
    /// Whether it is switched off.
    pub off: bool,
    /// Its place.
    pub place: usize,
}

/// An access point, as whoever configures it sees it.
#[derive(Clone, Debug, Serialize)]
pub struct AccessPointContext {
    /// Host name.
    pub name: String,
    /// MAC address as `00:00:5e:00:53:01`; absent where nobody wrote it.
    pub mac: Option<String>,
    /// Name of its model.
    pub model: String,
    /// Where in the building.
    pub room: Option<String>,
    /// Identifier of its site.
    pub site: String,
    /// Its address, without a length.
    pub address: String,
    /// Its address, with the length of the subnet.
    pub interface: String,
    /// Default gateway of that subnet.
    pub gateway: Option<String>,
    /// Its radios.
    pub radios: Vec<RadioContext>,
    /// Place of its key in the site file.
    pub place: usize,
}

/// A site whose access points a controller configures.
#[derive(Clone, Debug, Serialize)]
pub struct ServedSiteContext {
    /// Identifier.
    pub id: String,
    /// Short form in names.
    pub code: String,
    /// Name as people write it.
    pub name: String,
    /// Identifier of the organisation.
    pub organisation: String,
    /// VLAN its access points are managed in.
    pub management: Option<u16>,
    /// VLANs that stations may land in.
    pub vlans: Vec<u16>,
    /// Names of the wireless networks on air there, in the order of `ssids`.
    pub ssids: Vec<String>,
    /// Place of the site.
    pub place: usize,
}

/// A wireless network.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the network's own independent switches")]
pub struct SsidContext {
    /// Name on air.
    pub name: String,
    /// A number from 17 to 2048 for platforms that number their networks: it follows from the name, and no two networks of
    /// the inventory share one, as long as they are fewer than 2,032; 0 beyond that.
    pub number: u16,
    /// How stations prove themselves.
    pub security: Security,
    /// Whether that is by RADIUS.
    pub enterprise: bool,
    /// VLAN stations land in.
    pub vlan: Option<u16>,
    /// Name of the shared secret.
    pub secret: Option<String>,
    /// Whether stations are kept apart.
    pub client_isolation: bool,
    /// Limit per station in Mbit/s.
    pub rate_limit_mbit: Option<u32>,
    /// VLANs that RADIUS may put a station in, besides.
    pub dynamic_vlans: Vec<u16>,
    /// Whether its name is left out of beacons.
    pub hidden: bool,
    /// Whether stations may roam without a new login.
    pub fast_roaming: bool,
    /// When it is on air; absent for always.
    pub schedule: Option<ScheduleContext>,
    /// Bands it is sent on.
    pub bands: Vec<Band>,
    /// Place of the entry.
    pub place: usize,
}

/// When a wireless network is on air.
#[derive(Clone, Debug, Serialize)]
pub struct ScheduleContext {
    /// Days of the week: `mon` to `sun`.
    pub days: Vec<Day>,
    /// From this time of day on, HH:MM.
    pub from: String,
    /// Until this time of day, HH:MM.
    pub to: String,
}

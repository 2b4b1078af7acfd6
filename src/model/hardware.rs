//! Device models: which platform they run and which ports they have.

use std::collections::BTreeMap;

use super::record::record;
use super::wireless::Radio;
use crate::source::Sp;
use crate::value::Id;

record! {
    /// A device model: which platform it runs and which ports it has.
    #[derive(Clone, Debug)]
    pub struct DeviceModel {
        /// Name as sold.
        pub name: Sp<String>,
        /// Platform it runs, a folder under `templates/`.
        pub platform: Sp<Id>,
        /// Groups of ports, in order.
        pub ports: Vec<PortGroup>,
        /// Uplink modules it takes, each with its ports; a device names the one it has.
        pub modules: BTreeMap<String, PortModule>,
        /// How many of them make a stack; absent where they do not stack.
        pub stack: Option<Sp<u32>>,
        /// Power for devices on its ports, in watts, over all ports.
        pub poe_budget: Option<Sp<u32>>,
        /// Radios, for access points.
        pub radios: Vec<Radio>,
        /// Years until it should be replaced, where the age for its role must not decide.
        pub lifetime_years: Option<Sp<u32>>,
        /// The last day the vendor sold it.
        pub end_of_sale: Option<Sp<jiff::civil::Date>>,
        /// The last day the vendor mends faults in it.
        pub end_of_support: Option<Sp<jiff::civil::Date>>,
    }

    /// An uplink module.
    #[derive(Clone, Debug)]
    pub struct PortModule {
        /// Name as sold.
        pub name: Sp<String>,
        /// Groups of ports, in order.
        pub ports: Vec<PortGroup>,
    }

    /// A run of ports with one naming scheme.
    #[derive(Clone, Debug)]
    pub struct PortGroup {
        /// Prefix of the port's key in a site file: empty for `1`, `u` for `u1`.
        pub prefix: String,
        /// Numbers in the group.
        pub numbers: Vec<u32>,
        /// Interface name with `{n}` for the number and `{m}` for the member of a stack.
        pub interface: Sp<String>,
        /// Highest speed in Mbit/s.
        pub speed: u32,
        /// Every speed the ports can take, in Mbit/s; absent means the highest alone.
        pub speeds: Vec<u32>,
        /// Whether the ports can power devices.
        pub poe: bool,
        /// Power each port can give, in watts.
        pub watts: Option<u32>,
    }
}

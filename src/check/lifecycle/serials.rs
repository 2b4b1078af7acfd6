//! A serial number is one device's.

use foldhash::{HashMap, HashMapExt as _};

use crate::check::{Subject, second};
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut first: HashMap<&str, Span> = HashMap::new();
    for device in subject.network.sites.iter().flat_map(|site| &site.devices) {
        let Some(serial) = &device.serial else { continue };
        if let Some(first) = first.get(serial.as_str()) {
            let message = format!("two devices have the serial number `{}`", serial.value);
            let finding = second(codes::SERIAL_TWICE, message, serial.span, *first);
            findings.push(finding.help("read it off the device: a moved device leaves its old place"));
        }
        first.entry(serial.as_str()).or_insert(serial.span);
    }
}

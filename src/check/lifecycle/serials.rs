//! A serial number is one device's.

use foldhash::{HashMap, HashMapExt as _};

use crate::check::{Subject, second};
use crate::finding::{Finding, codes};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // As it stands on the device: whoever typed it may have added a blank, or used small letters.
    let mut first: HashMap<String, Span> = HashMap::new();
    for device in subject.network.sites.iter().flat_map(|site| &site.devices) {
        let Some(serial) = &device.serial else { continue };
        let plain = serial.trim().to_ascii_uppercase();
        if let Some(first) = first.get(&plain) {
            let message = format!("two devices have the serial number `{}`", serial.value);
            let finding = second(codes::SERIAL_TWICE, message, serial.span, *first);
            findings.push(finding.help("read it off the device: a moved device leaves its old place"));
        }
        first.entry(plain).or_insert(serial.span);
    }
}

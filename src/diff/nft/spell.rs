//! One spelling for nftables statements: the one the kernel's answer is printed in.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Elements by the number the kernel prints.
pub(super) fn respell_elements(elements: &mut [String], words: &BTreeMap<String, Vec<String>>) {
    for element in elements {
        let parts: Vec<&str> = element
            .split(' ')
            .map(|part| {
                let known = words.iter().find(|(_, names)| names.iter().any(|name| name == part));
                known.map_or(part, |(number, _)| number.as_str())
            })
            .collect();
        *element = parts.join(" ");
    }
}

/// Words after a keyword by the number or name the kernel prints: `dport ssh` is `dport 22`.
pub(super) fn respell(line: &str, words: &BTreeMap<String, Vec<String>>) -> String {
    if words.is_empty() {
        return line.to_owned();
    }
    let mut out: Vec<&str> = Vec::new();
    let mut ports = false;
    for token in line.split(' ') {
        let bare = token.trim_end_matches(',');
        let known = ports.then(|| words.iter().find(|(_, names)| names.iter().any(|name| name == bare))).flatten();
        match known {
            Some((number, _)) => {
                out.push(number);
                if token.len() > bare.len() {
                    out.push(",");
                }
            }
            None => out.push(token),
        }
        ports = match bare {
            "dport" | "sport" => true,
            "{" | "!=" | "==" => ports,
            _ => ports && token.ends_with(','),
        };
    }
    tidy_sets(&out.join(" ").replace(" ,", ","))
}

/// One spelling: single blanks, quotes only where they are needed to be, sets sorted.
pub(super) fn spelled(text: &str, defines: &BTreeMap<String, String>) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut after = Place::default();
    let mut depth = 0_usize;
    let mut joins = false;
    for token in tokens(text, defines) {
        let token = after.spell(token);
        after.step(&token);
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        // Outside braces a comma joins flags (`established,related`); inside, it parts members.
        let comma = token == ",";
        match words.last_mut() {
            Some(last) if comma || (joins && depth == 0) => last.push_str(&token),
            _ => words.push(token),
        }
        joins = comma && depth == 0;
    }
    for word in words.iter_mut().filter(|word| word.contains(',') && !word.contains('"') && !word.ends_with(',')) {
        let mut flags: Vec<&str> = word.split(',').collect();
        flags.sort_unstable();
        *word = flags.join(",");
    }
    tidy_sets(&words.join(" "))
}

/// What the words before say about the next one.
#[derive(Default)]
struct Place {
    last: String,
    names: bool,
    mark: bool,
}

impl Place {
    fn spell(&self, token: String) -> String {
        let bare = !token.is_empty() && token.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:*".contains(c));
        if bare && (self.names || matches!(self.last.as_str(), "prefix" | "comment")) {
            return format!("\"{token}\"");
        }
        if self.mark {
            let number = match token.strip_prefix("0x") {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => token.parse().ok(),
            };
            return number.map_or(token, |number| format!("0x{number:08x}"));
        }
        if token.contains([':', '/']) && !token.starts_with('"') {
            return interval(&token).map_or(token, interval_text);
        }
        token
    }

    fn step(&mut self, token: &str) {
        // Interface names and object names are printed in quotes, marks as eight digits.
        match token {
            "{" | "," | "!=" | "==" | "set" if self.names || self.mark => {}
            "iifname" | "oifname" | "iif" | "oif" => (self.names, self.mark) = (true, false),
            "name" => (self.names, self.mark) = (matches!(self.last.as_str(), "counter" | "quota" | "limit"), false),
            "mark" => (self.names, self.mark) = (false, true),
            quoted if self.names && quoted.starts_with('"') => {}
            _ => (self.names, self.mark) = (false, false),
        }
        // A name stands once, or in a list: the next word after it is no name unless a comma came.
        if token.starts_with('"') && self.last != "," && self.last != "{" {
            self.names = false;
        }
        token.clone_into(&mut self.last);
    }
}

fn tokens(text: &str, defines: &BTreeMap<String, String>) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    let flush = |word: &mut String, tokens: &mut Vec<String>| {
        if word.is_empty() {
            return;
        }
        let done = std::mem::take(word);
        match done.strip_prefix('$').and_then(|name| defines.get(name)) {
            // A definition was spelled when it was read, so it is cut at its blanks only.
            Some(value) => tokens.extend(value.replace(',', " ,").split_ascii_whitespace().map(str::to_owned)),
            None => tokens.push(done),
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                word.push('"');
                for c in chars.by_ref() {
                    word.push(c);
                    if c == '"' {
                        break;
                    }
                }
            }
            '\\' if chars.peek() == Some(&'\n') => drop(chars.next()),
            '#' => {
                // A remark inside a list of elements.
                for c in chars.by_ref() {
                    if c == '\n' {
                        break;
                    }
                }
                flush(&mut word, &mut tokens);
            }
            '{' | '}' | ',' => {
                flush(&mut word, &mut tokens);
                tokens.push(c.to_string());
            }
            c if c.is_whitespace() => flush(&mut word, &mut tokens),
            c => word.push(c),
        }
    }
    flush(&mut word, &mut tokens);
    tokens
}

/// Sorts the members of every `{ … }` in a line; adjacent values of an unnamed set are one interval.
fn tidy_sets(line: &str) -> String {
    let Some((before, rest)) = line.split_once("{ ") else { return line.to_owned() };
    if before.matches('"').count() % 2 == 1 {
        // Inside a remark.
        let Some((quoted, after)) = rest.split_once('"') else { return line.to_owned() };
        return format!("{before}{{ {quoted}\"{}", tidy_sets(after));
    }
    let Some((inner, after)) = rest.split_once(" }") else { return line.to_owned() };
    if inner.contains('{') {
        return line.to_owned();
    }
    let mut members = elements(inner);
    sort_elements(&mut members);
    members.dedup();
    let word = before.split_ascii_whitespace().last().unwrap_or_default();
    let values = !matches!(word, "=" | "map" | "vmap") && !word.starts_with('@') && !inner.contains(" : ");
    if values {
        members = merged(members);
    }
    let after = tidy_sets(after);
    match members.as_slice() {
        [only] if values && !only.contains(' ') => format!("{before}{only}{after}"),
        _ => format!("{before}{{ {} }}{after}", members.join(", ")),
    }
}

/// An interval of numbers or addresses; the first value says of which kind.
type Interval = (u8, u128, u128);

fn interval(text: &str) -> Option<Interval> {
    let value = |text: &str| -> Option<(u8, u128)> {
        if let Ok(number) = text.parse::<u32>() {
            return Some((0, u128::from(number)));
        }
        match text.parse::<IpAddr>().ok()? {
            IpAddr::V4(v4) => Some((4, u128::from(u32::from(v4)))),
            IpAddr::V6(v6) => Some((6, u128::from(v6))),
        }
    };
    if let Some((low, high)) = text.split_once('-') {
        let ((kind, low), (same, high)) = (value(low)?, value(high)?);
        return (kind == same && low <= high).then_some((kind, low, high));
    }
    let Some((first, length)) = text.split_once('/') else {
        return value(text).map(|(kind, value)| (kind, value, value));
    };
    let (kind, first) = value(first)?;
    let bits: u32 = if kind == 4 { 32 } else { 128 };
    let free = bits.checked_sub(length.parse().ok()?).filter(|_| kind != 0)?;
    let size = 1_u128.checked_shl(free).unwrap_or(0);
    Some((kind, first, first.saturating_add(size.wrapping_sub(1))))
}

fn interval_text((kind, low, high): Interval) -> String {
    let value = |value: u128| match kind {
        4 => std::net::Ipv4Addr::from(u32::try_from(value).unwrap_or(u32::MAX)).to_string(),
        6 => std::net::Ipv6Addr::from(value).to_string(),
        _ => value.to_string(),
    };
    if low == high {
        return value(low);
    }
    let size = high - low;
    let aligned = kind != 0 && size & size.wrapping_add(1) == 0 && low & size == 0;
    if aligned {
        let bits = if kind == 4 { 32 } else { 128 };
        return format!("{}/{}", value(low), bits - size.count_ones());
    }
    format!("{}-{}", value(low), value(high))
}

/// Members that are all numbers or all addresses, with neighbours joined.
fn merged(members: Vec<String>) -> Vec<String> {
    let Some(mut intervals) = members.iter().map(|member| interval(member)).collect::<Option<Vec<Interval>>>() else {
        return members;
    };
    intervals.sort_unstable();
    let mut joined: Vec<Interval> = Vec::new();
    for next in intervals {
        match joined.last_mut() {
            Some(last) if last.0 == next.0 && next.1 <= last.2.saturating_add(1) => last.2 = last.2.max(next.2),
            _ => joined.push(next),
        }
    }
    joined.into_iter().map(interval_text).collect()
}

/// The members of a list; a comma inside quotes is part of a remark.
pub(super) fn elements(list: &str) -> Vec<String> {
    let mut members = Vec::new();
    let mut member = String::new();
    let mut quoted = false;
    for c in list.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                member.push(c);
            }
            ',' if !quoted => members.push(std::mem::take(&mut member)),
            c => member.push(c),
        }
    }
    members.push(member);
    members.into_iter().map(|text| host(text.trim())).filter(|text| !text.is_empty()).collect()
}

/// The value an element begins with in its shortest form: a prefix over one address is that address.
fn host(text: &str) -> String {
    let (first, rest) = text.split_once(' ').map_or((text, None), |(first, rest)| (first, Some(rest)));
    let first = interval(first).map_or_else(|| first.to_owned(), interval_text);
    rest.map_or(first.clone(), |rest| format!("{first} {rest}"))
}

/// Numbers by value, addresses by value, everything else by text.
pub(super) fn sort_elements(members: &mut [String]) {
    members.sort_by_cached_key(|member| {
        let first = member.split([' ', '-', '/']).next().unwrap_or_default();
        let number = first.parse::<u128>().ok().or_else(|| {
            first.parse::<IpAddr>().ok().map(|address| match address {
                IpAddr::V4(v4) => u128::from(u32::from(v4)),
                IpAddr::V6(v6) => u128::from(v6),
            })
        });
        (number.is_none(), number, member.clone())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_agree() {
        let none = BTreeMap::new();
        assert_eq!(spelled("tcp dport {443,80}  accept", &none), "tcp dport { 80, 443 } accept");
        assert_eq!(
            spelled("iifname eth0 oifname { b, \"a\" } accept", &none),
            "iifname \"eth0\" oifname { \"a\", \"b\" } accept"
        );
        assert_eq!(spelled("accept comment \"a,  b { z, a }\"", &none), "accept comment \"a,  b { z, a }\"");
        assert_eq!(
            spelled("ip saddr { 10.0.0.10, 10.0.0.9/32,\n 10.0.0.0/30 }", &none),
            // nft 1.0.6 lists it so: neighbours join in a set that holds an interval.
            "ip saddr { 10.0.0.0/30, 10.0.0.9-10.0.0.10 }"
        );
        assert_eq!(
            spelled("ip saddr { 10.0.0.9, 10.0.0.10/31, 10.0.0.128/25 } drop", &none),
            "ip saddr { 10.0.0.9-10.0.0.11, 10.0.0.128/25 } drop"
        );
        assert_eq!(spelled("icmp type {echo-reply} accept", &none), "icmp type echo-reply accept");
        assert_eq!(
            spelled("meta mark 1 ip6 saddr fd00:0::1/128 counter name c", &none),
            "meta mark 0x00000001 ip6 saddr fd00::1 counter name \"c\""
        );
        assert_eq!(
            spelled("ip saddr vmap { 10.0.0.2 : drop, 10.0.0.1 : accept }", &none),
            "ip saddr vmap { 10.0.0.1 : accept, 10.0.0.2 : drop }"
        );
        let defines = BTreeMap::from([("lan".to_owned(), "{ b, a }".to_owned())]);
        assert_eq!(spelled("ip saddr $lan drop", &defines), "ip saddr { a, b } drop");
        let words =
            BTreeMap::from([("22".to_owned(), vec!["ssh".to_owned()]), ("80".to_owned(), vec!["http".to_owned()])]);
        assert_eq!(respell("tcp dport { http, ssh } accept", &words), "tcp dport { 22, 80 } accept");
        assert_eq!(respell("tcp dport ssh accept comment \"http\"", &words), "tcp dport 22 accept comment \"http\"");
    }
}

//! Functions on dates and times that are given, as OPA defines them. There is no clock, and UTC is the only zone.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use regorus::Value;

use super::builtins::text;

/// A moment in nanoseconds since 1970; also with `UTC` beside it.
fn moment(value: Option<&Value>) -> Result<DateTime, String> {
    let number = match value {
        Some(Value::Array(both)) => {
            let zone = text(both.get(1))?;
            if !["", "UTC"].contains(&zone) {
                return Err(format!("`{zone}`: only UTC is known here"));
            }
            both.first()
        }
        other => other,
    };
    let nanos = number.and_then(|number| number.as_i64().ok()).ok_or("a moment in nanoseconds is needed")?;
    let at = Timestamp::from_nanosecond(i128::from(nanos)).map_err(|error| error.to_string())?;
    Ok(at.to_zoned(TimeZone::UTC).datetime())
}

fn nanos(at: DateTime) -> Result<Value, String> {
    let at = at.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?.timestamp().as_nanosecond();
    i64::try_from(at).map(Value::from).map_err(|_| "it is too far from 1970".to_owned())
}

fn list(numbers: &[i64]) -> Value {
    Value::from(numbers.iter().copied().map(Value::from).collect::<Vec<_>>())
}

fn whole(value: Option<&Value>) -> Result<i64, String> {
    value.and_then(|value| value.as_i64().ok()).ok_or_else(|| "a whole number is needed".to_owned())
}

pub(super) fn parse_rfc3339(given: &[Value]) -> Result<Value, String> {
    let text = text(given.first())?;
    let wrong = || format!("`{text}` is no moment, as in 2026-12-01T08:00:00Z");
    if text.as_bytes().get(10) != Some(&b'T') {
        return Err(wrong());
    }
    let at: Timestamp = text.parse().map_err(|_| wrong())?;
    i64::try_from(at.as_nanosecond()).map(Value::from).map_err(|_| wrong())
}

/// `time.parse_ns`, for layouts of dates and times of day in numbers.
pub(super) fn parse(given: &[Value]) -> Result<Value, String> {
    const PARTS: [(&str, &str); 6] =
        [("2006", "%Y"), ("01", "%m"), ("02", "%d"), ("15", "%H"), ("04", "%M"), ("05", "%S")];
    let (layout, text) = (text(given.first())?, text(given.get(1))?);
    let mut format = String::new();
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        if let Some((after, part)) = PARTS.iter().find_map(|(name, part)| Some((rest.strip_prefix(name)?, part))) {
            format += part;
            rest = after;
        } else if c.is_ascii_alphanumeric() && c != 'T' && c != 'Z' {
            return Err(format!("`{layout}`: only the numbers of a date and a time are known here, as in 2006-01-02"));
        } else {
            format.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    let wrong = |_| format!("`{text}` is not written as `{layout}`");
    let parsed = jiff::fmt::strtime::parse(&format, text).map_err(wrong)?;
    let date = parsed.to_date().map_err(wrong)?;
    nanos(parsed.to_datetime().unwrap_or_else(|_| DateTime::from(date)))
}

pub(super) fn date(given: &[Value]) -> Result<Value, String> {
    let at = moment(given.first())?;
    Ok(list(&[at.year().into(), at.month().into(), at.day().into()]))
}

pub(super) fn clock(given: &[Value]) -> Result<Value, String> {
    let at = moment(given.first())?;
    Ok(list(&[at.hour().into(), at.minute().into(), at.second().into()]))
}

pub(super) fn weekday(given: &[Value]) -> Result<Value, String> {
    Ok(Value::from(moment(given.first())?.strftime("%A").to_string()))
}

/// As Go adds: the last of January and a month is the second or third of March.
pub(super) fn add_date(given: &[Value]) -> Result<Value, String> {
    let at = moment(given.first())?;
    let [years, months, days] = [1, 2, 3].map(|place| whole(given.get(place)));
    let far = || "it is too far from 1970".to_owned();
    let months = years?.checked_mul(12).and_then(|years| years.checked_add(months.ok()?)).ok_or_else(far)?;
    let month = months.checked_add(i64::from(at.year()) * 12 + i64::from(at.month()) - 1).ok_or_else(far)?;
    let year = i16::try_from(month.div_euclid(12)).map_err(|_| far())?;
    let month = i8::try_from(month.rem_euclid(12) + 1).map_err(|_| far())?;
    let first = Date::new(year, month, 1).map_err(|_| far())?;
    let days = days?.checked_add(i64::from(at.day()) - 1).and_then(|days| i32::try_from(days).ok()).ok_or_else(far)?;
    let day = first.checked_add(days.days()).map_err(|_| far())?;
    nanos(day.to_datetime(at.time()))
}

/// Years, months, days, hours, minutes and seconds between two moments.
pub(super) fn diff(given: &[Value]) -> Result<Value, String> {
    let (one, other) = (moment(given.first())?, moment(given.get(1))?);
    let (from, to) = if one < other { (one, other) } else { (other, one) };
    let parts = |at: DateTime| -> [i64; 6] {
        [at.year().into(), at.month().into(), at.day().into(), at.hour().into(), at.minute().into(), at.second().into()]
    };
    let ([y, mo, d, h, mi, s], [fy, fmo, fd, fh, fmi, fs]) = (parts(to), parts(from));
    let (mut years, mut months, mut days) = (y - fy, mo - fmo, d - fd);
    let mut seconds = (h - fh) * 3600 + (mi - fmi) * 60 + s - fs;
    if seconds < 0 {
        seconds += 86_400;
        days -= 1;
    }
    if days < 0 {
        days += i64::from(from.days_in_month());
        months -= 1;
    }
    if months < 0 {
        months += 12;
        years -= 1;
    }
    Ok(list(&[years, months, days, seconds / 3600, seconds / 60 % 60, seconds % 60]))
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    #[test]
    fn moments_are_what_opa_says_they_are() {
        let text = |text: &str| Value::from(text);
        assert_eq!(parse_rfc3339(&[text("1970-01-01T00:00:01Z")]), Ok(Value::from(1_000_000_000)));
        assert!(parse_rfc3339(&[text("1970-01-01")]).is_err());
        let day = parse(&[text("2006-01-02"), text("2024-01-31")]).unwrap();
        assert_eq!(day, Value::from(1_706_659_200_000_000_000_i64));
        assert_eq!(parse(&[text("02.01.2006 15:04"), text("31.01.2024 00:00")]), Ok(day.clone()));
        assert!(parse(&[text("Jan 2006"), text("Jan 2024")]).is_err());
        assert_eq!(date(from_ref(&day)), Ok(list(&[2024, 1, 31])));
        assert_eq!(weekday(from_ref(&day)), Ok(text("Wednesday")));
        assert_eq!(clock(&[Value::from(vec![Value::from(61_000_000_000_i64), text("UTC")])]), Ok(list(&[0, 1, 1])));
        assert!(date(&[Value::from(vec![Value::from(0), text("Europe/Stockholm")])]).is_err());
        let added = add_date(&[day.clone(), Value::from(0), Value::from(1), Value::from(0)]).unwrap();
        assert_eq!(date(from_ref(&added)), Ok(list(&[2024, 3, 2])));
        assert_eq!(diff(&[added, day]), Ok(list(&[0, 1, 2, 0, 0, 0])));
        let (a, b) = (Value::from(86_400_000_000_000_i64), Value::from(0));
        assert_eq!(diff(&[a, b]), Ok(list(&[0, 0, 1, 0, 0, 0])));
        assert!(diff(&[text("x"), text("y")]).is_err());
    }
}

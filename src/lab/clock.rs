//! The time an emulated device tells: `{now:FORMAT}` in what it says, in the notation of `strftime`, in UTC.

use std::borrow::Cow;

/// What is said, with the time in it.
pub(super) fn told(said: &str) -> Cow<'_, str> {
    let Some((before, rest)) = said.split_once("{now:") else { return Cow::Borrowed(said) };
    let Some((format, after)) = rest.split_once('}') else { return Cow::Borrowed(said) };
    // A format that cannot be is shown as it stands, as the device's own text.
    let now = jiff::fmt::strtime::format(format, &jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC))
        .unwrap_or_else(|_| format.to_owned());
    Cow::Owned(format!("{before}{now}{}", told(after)))
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn the_time_stands_where_it_is_asked_for() {
        assert_eq!(told("no time {here}"), "no time {here}");
        let said = told("*{now:%Y-%m-%d} and {now:%H}\n");
        let form = regex::Regex::new(r"^\*20\d\d-\d\d-\d\d and \d\d\n$").unwrap();
        assert!(form.is_match(&said), "{said}");
    }
}

//! "Did you mean": the nearest known word to a mistyped one.

/// The candidate that differs least, if it differs little enough to be a typing error.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    // A whole part of one name alone is no typing error, but says which is meant (`pvst`: `rapid-pvst`).
    let mut parts = candidates.iter().filter(|name| name.contains('-') && name.split('-').any(|part| part == word));
    if let (Some(only), None) = (parts.next().filter(|_| word.len() > 3), parts.next()) {
        return Some(only);
    }
    near(word, candidates).min().map(|(_, candidate)| candidate)
}

/// The candidate that is meant, where the slip is plain enough to mend it unasked: the only one that is near,
/// or the only one a single slip away.
///
/// What differs is one part of it, and no word of its own: another number is another thing (`core-1`, `core-2`), and so is a
/// letter in what holds numbers (`C9300-48P`, `C9300-48T`), another unit (`kbit`, `mbit`), another end (`min`, `max`) and the
/// contrary (`untagged`, `tagged`); and a word of three letters is near to too many.
#[must_use]
pub(crate) fn surely<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // In a short word two slips make another word.
    let most = if word.chars().count() <= SHORT { 1 } else { 2 };
    let mut found: Vec<(usize, &str)> = near(word, candidates).collect();
    found.sort_unstable();
    found.dedup();
    let ([(far, only)] | [(far @ 0, only), (1.., _), ..] | [(far @ 1, only), (2.., _), ..]) = found.as_slice() else {
        return None;
    };
    (*far == 0 || *far <= most && word.chars().count() > 3 && is_plain(word, only)).then_some(only)
}

/// Letters up to which a word with another letter in place of one is another word.
const SHORT: usize = 5;
/// Letters from which on a word is one, whatever stands beside it.
const SHORTEST: usize = 4;

/// Whether two texts of one word or several differ in one of them by a slip of the finger, and not in what it says.
fn is_plain(one: &str, other: &str) -> bool {
    let parts = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let (one, other) = (parts(one), parts(other));
    let numbers = |parts: &[String]| -> Vec<String> {
        let runs = parts.iter().flat_map(|part| part.split(|c: char| !c.is_ascii_digit()));
        runs.filter(|run| !run.is_empty()).map(str::to_owned).collect()
    };
    if one.concat() == other.concat() {
        return numbers(&one) == numbers(&other);
    }
    let mut differing = one.iter().zip(&other).filter(|(a, b)| a != b);
    let (Some((a, b)), None, true) = (differing.next(), differing.next(), one.len() == other.len()) else {
        return false;
    };
    if a.chars().chain(b.chars()).any(|c| c.is_ascii_digit()) || a.chars().next() != b.chars().next() {
        return false;
    }
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let (count, longer) = (a.chars().count(), a.chars().count().max(b.chars().count()));
    // A letter more makes another number of a Roman one, and another thing of an initial.
    if count.min(b.chars().count()) < SHORTEST {
        return false;
    }
    let same_end = a.chars().next_back() == b.chars().next_back();
    if count == b.chars().count() {
        // Letters that changed places, or another letter in the middle of a long word.
        letters(a) == letters(b) || (count > SHORT && same_end)
    } else {
        // One of several, or several of one.
        let plural = a.strip_suffix('s') == Some(b.as_str()) || b.strip_suffix('s') == Some(a.as_str());
        longer > SHORT || same_end || plural
    }
}

/// Whether two texts are one, but for a single slip of the finger: a letter, an accent or a blank. Another number is another
/// thing, and so is a short word of several (`Drift I`, `Grupp A`).
#[must_use]
pub(crate) fn is_slip(a: &str, b: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let fits = |text: &str| (4..200).contains(&text.len());
    let words = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (one, other) = (words(a), words(b));
    // Of several words, the one that differs is long enough to be the same.
    let long = one.len() != other.len()
        || one.len() == 1
        || one
            .iter()
            .zip(&other)
            .filter(|(x, y)| x.to_lowercase() != y.to_lowercase())
            .all(|(x, y)| x.len().min(y.len()) >= LONG_WORD);
    a != b
        && fits(a)
        && fits(b)
        && a.len().abs_diff(b.len()) <= 4
        && long
        && digits(a) == digits(b)
        && distance(a, b) <= 1
}

/// Bytes from which on a word is hardly another one for a letter.
const LONG_WORD: usize = 5;

/// The candidates that differ little enough, with how much they do.
fn near<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> impl Iterator<Item = (usize, &'c str)> {
    let most = match word.chars().count() {
        0..=3 => 1,
        4..=5 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        // A long text is no slip of the finger, and the comparison is quadratic.
        .filter(move |candidate| {
            *candidate != word && candidate.len().abs_diff(word.len()) <= 2 * most && word.len() < 200
        })
        .map(move |candidate| (distance(word, candidate), candidate))
        .filter(move |(far, candidate)| *far <= most && *far < candidate.chars().count())
}

/// Letters inserted, left out, replaced or swapped with their neighbour, whatever their case.
fn distance(a: &str, b: &str) -> usize {
    strsim::osa_distance(&a.to_lowercase(), &b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["security", "segment", "subnet", "id"];
        assert_eq!(nearest("segmnet", known), Some("segment"));
        assert_eq!(nearest("secruity", known), Some("security"));
        assert_eq!(nearest("di", known), Some("id"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("x", known), None);
    }

    #[test]
    fn one_slip_is_no_other_name() {
        assert!(is_slip("Skolchef Åmal", "Skolchef Åmål"));
        assert!(is_slip("IT-chef Dalslnad", "IT-chef Dalsland"));
        assert!(is_slip("It-chef dalsland", "IT-chef Dalsland"));
        assert!(!is_slip("IT-chef Dalsland", "IT-chef Dalsland"));
        assert!(!is_slip("Avdelning 1", "Avdelning 2"));
        assert!(!is_slip("Skolchef Åmål", "Skolchef Mellerud"));
        assert!(!is_slip("IT", "VA"));
        for (one, other) in
            [("Grupp A", "Grupp B"), ("Drift I", "Drift II"), ("norr-a", "norr-b"), ("Team Nord", "Team Norr")]
        {
            assert!(!is_slip(one, other), "{one}");
        }
    }

    #[test]
    fn only_a_plain_slip_is_mended_unasked() {
        assert_eq!(surely("gest", ["guest", "staff"]), Some("guest"));
        assert_eq!(surely("gest", ["guest", "guest"]), Some("guest"));
        assert_eq!(surely("gest", ["guest", "test"]), None, "two are near");
        assert_eq!(surely("none", ["owe"]), None, "another word");
        assert_eq!(surely("pupils", ["public"]), None, "another word");
        assert_eq!(surely("titel", ["title", "sites"]), Some("title"), "one is nearer");
        assert_eq!(surely("core-3", ["core-1"]), None, "another number");
        assert_eq!(surely("di", ["id"]), None, "too short");
        assert_eq!(surely("c9300-48p", ["C9300-48P", "C9300-24P"]), Some("C9300-48P"));
        assert_eq!(surely("wpa3_enterprise", ["wpa3-enterprise", "sae"]), Some("wpa3-enterprise"));
        assert_eq!(surely("distrbution", ["distribution"]), Some("distribution"));
        assert_eq!(surely("port", ["ports", "room"]), Some("ports"));
        for (written, other) in [
            ("C9300-48T", "C9300-48P"),
            ("AP-505H", "AP-505"),
            ("untrusted", "trusted"),
            ("untagged", "tagged"),
            ("rate_limit_kbit", "rate_limit_mbit"),
            ("max_rate_mbit", "min_rate_mbit"),
            ("core", "care"),
            ("carer", "care"),
            ("stp", "rstp"),
            ("Sal III", "Sal II"),
            ("Sal VII", "Sal VIII"),
            ("Sal 1-12", "Sal 11-2"),
        ] {
            assert_eq!(surely(written, [other]), None, "{written}");
            assert_eq!(nearest(written, [other]), Some(other), "{written}");
        }
    }
}

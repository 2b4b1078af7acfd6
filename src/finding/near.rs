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
/// Another number is another thing (`core-1`, `core-2`), so the digits have to be the same; and a word of
/// one or two letters is near to too many.
#[must_use]
pub(crate) fn surely<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    // In a short word two slips make another word.
    let most = if word.chars().count() < 6 { 1 } else { 2 };
    let mut found: Vec<(usize, &str)> = near(word, candidates).collect();
    found.sort_unstable();
    found.dedup();
    let ([(_, only)] | [(1, only), (2.., _), ..]) = found.as_slice() else { return None };
    let plain = found.first().is_some_and(|(far, _)| *far <= most);
    (plain && word.chars().count() > 2 && digits(word) == digits(only)).then_some(only)
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
        assert_eq!(surely("C9200L-24P-4Y", ["C9200L-24P-4X", "U6-LR"]), Some("C9200L-24P-4X"));
        assert_eq!(surely("di", ["id"]), None, "too short");
    }
}

//! How hard a secret is to guess for somebody who tries first what people choose.

/// What people choose: lower case, no accents, digits read as the letters they stand for.
const WORDS: &[&str] = &[
    "admin",
    "administrator",
    "aprilapril",
    "arsenal",
    "batman",
    "default",
    "dragon",
    "elev",
    "fastighet",
    "fotboll",
    "gast",
    "goteborg",
    "guest",
    "hejhej",
    "hejsan",
    "hello",
    "hemlig",
    "hemligt",
    "hockey",
    "hostterminen",
    "iloveyou",
    "internet",
    "kaffe",
    "kommun",
    "konferens",
    "letmein",
    "login",
    "losen",
    "losenord",
    "malmo",
    "manager",
    "master",
    "mattor",
    "monkey",
    "network",
    "nyckel",
    "oppna",
    "pass",
    "password",
    "personal",
    "private",
    "public",
    "qazwsx",
    "radius",
    "rektor",
    "router",
    "secret",
    "server",
    "shadow",
    "skola",
    "skolan",
    "snmp",
    "sommar",
    "sommaren",
    "stockholm",
    "summer",
    "sunshine",
    "superman",
    "sverige",
    "sweden",
    "switch",
    "telefon",
    "temp",
    "test",
    "tradlos",
    "varen",
    "valkommen",
    "vinter",
    "vintern",
    "welcome",
    "wifi",
    "wireless",
    "wlan",
];
/// Rows of keys, Swedish and English.
const ROWS: [&str; 4] = ["1234567890", "qwertyuiopå", "asdfghjklöä", "zxcvbnm"];
/// What one of these words costs whoever guesses: it is among the first few hundred.
const WORD: f64 = 8.0;
/// What a name of the network itself costs.
const OWN: f64 = 3.0;
/// What a year costs.
const YEAR: f64 = 6.0;
/// What a character costs that goes on as the one before it let expect.
const STEP: f64 = 1.0;

/// About how many bits of choice there are in a secret, with the names that everybody around knows.
///
/// An estimate from above: what follows a pattern that is not looked for counts as chance.
#[must_use]
pub fn bits(value: &str, own: &[String]) -> f64 {
    let plain: Vec<char> = value.to_lowercase().chars().collect();
    if let Some(part) = repeated(&plain) {
        return bits(&part, own) + STEP;
    }
    let folded: Vec<char> = plain.iter().map(|c| letter(*c)).collect();
    let mut known = vec![false; plain.len()];
    let mut sum = 0.0;
    let own: Vec<String> = own.iter().map(|word| word.to_lowercase().chars().map(letter).collect()).collect();
    let own = own.iter().filter(|word| word.chars().count() > 2).map(|word| (word.as_str(), OWN));
    let mut words: Vec<(&str, f64)> = own.chain(WORDS.iter().map(|word| (*word, WORD))).collect();
    // A long word before what it begins with.
    words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    for (word, cost) in words {
        let word: Vec<char> = word.chars().collect();
        sum += cost * cover(&folded, &mut known, |part| part == word, word.len());
    }
    let year = |part: &[char]| matches!(part, ['1', '9', ..] | ['2', '0', ..]) && part.iter().all(char::is_ascii_digit);
    sum += YEAR * cover(&plain, &mut known, year, 4);
    let parted = |c: char| matches!(c, ' ' | '-' | '_' | '.');
    let left = value.chars().zip(&known).filter(|(c, known)| !**known && !parted(*c));
    let left: Vec<char> = left.map(|(c, _)| c).collect();
    let each = pool(&left).log2();
    let mut before = None;
    for (c, known) in plain.iter().zip(&known) {
        if *known {
            before = None;
            continue;
        }
        // Between words anybody expects something.
        let expected = parted(*c) || before.is_some_and(|before| follows(before, *c));
        sum += if expected { STEP } else { each };
        before = Some(*c);
    }
    sum
}

/// Marks what matches, and says how often it was found.
fn cover(text: &[char], known: &mut [bool], is: impl Fn(&[char]) -> bool, long: usize) -> f64 {
    let mut found = 0.0;
    for at in 0..text.len() {
        let (Some(part), Some(marks)) = (text.get(at..at + long), known.get_mut(at..at + long)) else { break };
        if is(part) && !marks.contains(&true) {
            marks.fill(true);
            found += 1.0;
        }
    }
    found
}

/// The part that a text repeats and nothing else.
fn repeated(text: &[char]) -> Option<String> {
    let whole = (1..=text.len() / 2).find(|long| text.iter().zip(text.iter().skip(*long)).all(|(a, b)| a == b))?;
    text.get(..whole).map(|part| part.iter().collect())
}

/// Whether a character is what the one before lets expect: the same, the next, or its neighbour on the keyboard.
fn follows(before: char, c: char) -> bool {
    let beside = |row: &str| {
        let at = |wanted: char| row.chars().position(|key| key == wanted);
        at(before).zip(at(c)).is_some_and(|(a, b)| a.abs_diff(b) == 1)
    };
    u32::from(before).abs_diff(u32::from(c)) <= 1 || ROWS.iter().any(|row| beside(row))
}

/// The letter that a character stands for.
fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => any_ascii::any_ascii_char(other).chars().next().unwrap_or(other).to_ascii_lowercase(),
    }
}

/// Whether a character is of a kind.
type Is = fn(&char) -> bool;

/// How many characters each of these was chosen from.
fn pool(text: &[char]) -> f64 {
    if text.iter().all(|c| c.is_ascii_digit() || ('a'..='f').contains(c)) && text.iter().any(char::is_ascii_alphabetic)
    {
        return 16.0;
    }
    let classes: [(Is, f64); 4] = [
        (char::is_ascii_digit, 10.0),
        (char::is_ascii_lowercase, 26.0),
        (char::is_ascii_uppercase, 26.0),
        (|c| !c.is_ascii_alphanumeric(), 33.0),
    ];
    classes.iter().filter(|(is, _)| text.iter().any(is)).map(|(_, many)| many).sum::<f64>().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_choose_is_worth_little() {
        let own = ["Dalsland".to_owned(), "Gast".to_owned(), "aml".to_owned()];
        for weak in [
            "Sommar2026!",
            "l0senord123",
            "12345678",
            "qwertyuiop",
            "aaaaaaaaaaaaaaaaaaaa",
            "Dalsland-Gast",
            "d4l5land2025",
            "abcdefghijklmnop",
            "Välkommen1",
            "skolaskolaskola",
            "hemlighemlig",
            "4711471147114711",
            "AML-wifi-2024",
            "Gast-Valbo-2026",
        ] {
            assert!(bits(weak, &own) < 40.0, "{weak}: {}", bits(weak, &own));
        }
    }

    #[test]
    fn chance_is_worth_what_it_is() {
        for (strong, least) in [
            ("k7Qw-9fXe-2mRb", 65.0),
            ("f3a91c07be5d2864", 60.0),
            ("tolv gamla cyklar under bron", 90.0),
            ("vJ8mZc2RtY6q", 60.0),
        ] {
            assert!(bits(strong, &[]) > least, "{strong}: {}", bits(strong, &[]));
        }
    }

    #[test]
    fn nothing_is_worth_nothing() {
        assert!(bits("", &[]).abs() < f64::EPSILON);
    }
}

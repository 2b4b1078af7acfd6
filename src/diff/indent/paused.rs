//! Sections whose lines change only while they are switched off: off first, on last.

use super::compare::Differ;
use super::explain::Why;
use super::names::Name;
use super::normal::Item;
use super::step::Tie;
use crate::diff::Effect;
use crate::value::Text;

impl Differ<'_> {
    /// Has the steps found since `began`, all of the section in hand, happen while it is off.
    pub(super) fn pause(&mut self, began: usize, have: &Item, wish: &Item) {
        if self.rules.paused.is_empty() || self.out.atoms.len() == began {
            return;
        }
        let Some((header, above)) = self.path.split_last() else { return };
        let above: Vec<&str> = above.iter().map(Text::as_str).collect();
        let words: Vec<&str> = header.split_ascii_whitespace().collect();
        let Some(on) = self.rules.paused.apply(&above, &words) else { return };
        let find = |item: &Item| item.children.iter().find(|line| line.text == on).cloned();
        let (was, will) = (find(have), find(wish));
        let whole = Text::from(self.path.join(" > "));
        let (off, done): (Name, Name) = ((Text::new_static("off"), whole.clone()), (Text::new_static("done"), whole));
        let mut others = false;
        for atom in self.out.atoms.iter_mut().skip(began) {
            if atom.path != self.texts || atom.line != on {
                others = true;
                atom.tie(Tie::Takes, [off.clone()]);
                atom.tie(Tie::Frees, [done.clone()]);
            } else if atom.effect == Effect::Remove {
                atom.tie(Tie::Frees, [off.clone()]);
            } else {
                atom.tie(Tie::Takes, [done.clone()]);
            }
        }
        if let (true, Some(line), Some(_)) = (others, was, will) {
            let mut first = self.atom(&line, self.negation(&line).0, Effect::Change, Why::Pauses);
            first.tie(Tie::Frees, [off]);
            let mut last = self.atom(&line, on, Effect::Change, Why::Resumes);
            last.tie(Tie::Takes, [done]);
            self.out.atoms.extend([first, last]);
        }
    }
}

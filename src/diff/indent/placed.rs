//! Lines that a device shows in another section than the one they were typed in.

use super::normal::Item;
use crate::platform::rules::Rules;
use crate::value::Text;

/// Moves intended lines to where the running configuration already has them, where the platform says that both
/// places mean the same.
pub(super) fn settle(rules: &Rules, run: &[Item], want: &mut [Item]) {
    if !rules.shown_in.is_empty() {
        each(rules, run, want, &mut Vec::new());
    }
}

fn each(rules: &Rules, run: &[Item], want: &mut [Item], path: &mut Vec<Text>) {
    for wish in want.iter_mut().filter(|wish| !wish.children.is_empty()) {
        let Some(have) = run.iter().find(|have| have.canon == wish.canon) else { continue };
        path.push(wish.canon.clone());
        let above: Vec<&str> = path.iter().map(Text::as_str).collect();
        let (here, moved): (Vec<Item>, Vec<Item>) =
            std::mem::take(&mut wish.children).into_iter().partition(|line| place(rules, &above, have, line).is_none());
        drop(above);
        wish.children = here;
        for line in moved {
            let above: Vec<&str> = path.iter().map(Text::as_str).collect();
            let Some(there) = place(rules, &above, have, &line) else { continue };
            let at = wish.children.iter().position(|section| section.canon == there.canon);
            if at.is_none() {
                wish.children.push(Item { children: Vec::new(), ..there.clone() });
            }
            let section = at.map_or_else(|| wish.children.len().checked_sub(1), Some);
            let section = section.and_then(|at| wish.children.get_mut(at));
            if let Some(section) = section.filter(|section| !holds(section, &line)) {
                section.children.push(line);
            }
        }
        each(rules, &have.children, &mut wish.children, path);
        path.pop();
    }
}

/// The section in which the running configuration has a line, where it is not the one it stands in.
fn place<'i>(rules: &Rules, path: &[&str], have: &'i Item, line: &Item) -> Option<&'i Item> {
    let words: Vec<&str> = line.canon.split_ascii_whitespace().collect();
    let header = rules.shown_in.apply(path, &words)?;
    let there = have.children.iter().find(|section| section.canon == header)?;
    (!holds(have, line) && holds(there, line)).then_some(there)
}

fn holds(section: &Item, line: &Item) -> bool {
    section.children.iter().any(|have| have.canon == line.canon)
}

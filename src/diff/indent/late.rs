//! What comes or goes after the rest.

use super::compare::{Differ, GIVE_LATE};
use super::normal::Item;
use super::step::Tie;
use crate::config;

impl Differ<'_> {
    /// A section that only gives up what is guarded, and gets none, comes after those that get theirs: somebody who moves the
    /// address of a device needs the new one before the old one goes.
    pub(super) fn late_where_it_loses(&mut self, step: usize) {
        let atoms = self.out.atoms.get(step..).unwrap_or_default();
        if !self.path.is_empty() || !atoms.iter().any(|atom| atom.any(Tie::Drops)) {
            return;
        }
        let own = self.group;
        if atoms.iter().all(|atom| atom.group == own && !atom.any(Tie::Holds))
            && let Some((phase, _)) = self.out.groups.get_mut(own)
        {
            *phase = GIVE_LATE;
        }
    }

    pub(super) fn comes_last(&self, item: &Item) -> bool {
        let table = &self.rules.last_in;
        table.may_match(&item.canon) && table.is_match(&self.above(), &config::words(&item.canon))
    }

    pub(super) fn late(&self, item: &Item) -> bool {
        if item.opens || item.group.is_some() {
            return true;
        }
        if self.comes_last(item) {
            return false;
        }
        let above = self.above();
        let words = config::words(&item.canon);
        self.rules.multi.is_match(&above, &words) || self.rules.last_out.is_match(&above, &words)
    }
}

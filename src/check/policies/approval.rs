//! A change needs the word of somebody else.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Part;
use crate::source::Sp;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let change = &subject.network.policy.change;
    // Without a file of signers nobody can sign, and nothing is asked for.
    let Some(signers) = change.signers.as_ref().filter(|_| subject.network.gaps.whole(Part::Change)) else { return };
    if change.signatures.value == 0 {
        let classes = change.risk.values().any(|count| count.value > 0);
        let message = if classes {
            "most plans need no signature, though there are people who may sign"
        } else {
            "no plan needs a signature, though there are people who may sign"
        };
        let finding =
            Finding::warning(codes::APPROVAL_WEAK, message).at_saying(change.signatures.span, "nobody is asked");
        findings.push(finding.label(signers.span, "who may sign").help("`signatures: 1` asks one of them"));
    } else if !change.four_eyes.value {
        let message = "whoever makes a plan may approve it alone";
        let finding = Finding::warning(codes::APPROVAL_WEAK, message).at(change.four_eyes.span);
        findings
            .push(finding.label(signers.span, "one of these is enough").help("`four_eyes: true` asks somebody else"));
    }
    let fewer: Vec<_> = change.risk.iter().filter(|(_, count)| count.value < change.signatures.value).collect();
    // Where classes of a graver kind need far fewer, it is the number for all that is too high.
    let most = change.risk.values().map(|count| count.value).max().unwrap_or_default();
    if fewer.len() > 1 && change.signatures.value > most.saturating_add(1) {
        let message = format!(
            "every plan needs {} signatures, and no class that is named more than {most}",
            change.signatures.value
        );
        let finding = Finding::warning(codes::APPROVAL_WEAK, message).at(change.signatures.span);
        let label = |finding: Finding, (_, count): &(_, &Sp<u32>)| finding.label(count.span, "fewer");
        findings.push(fewer.iter().take(3).fold(finding, label).help("`signatures` is for what no class is named for"));
        return;
    }
    for (class, count) in fewer {
        let message = format!("changes of class `{class}` need fewer signatures than others");
        let finding = Finding::warning(codes::APPROVAL_WEAK, message);
        findings.push(finding.at_saying(count.span, format!("every plan needs {}", change.signatures.value)));
    }
}

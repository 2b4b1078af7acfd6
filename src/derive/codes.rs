//! Codes of what derivation finds wrong, SN-200 to SN-229; never reused for another meaning.

use crate::finding::Code;

/// A device's name is no legal host name, or too long.
pub(super) const NAME: Code = Code(200);
/// Two devices come to the same name.
pub(super) const NAME_TAKEN: Code = Code(201);
/// The naming pattern has a placeholder that does not exist.
pub(super) const PLACEHOLDER: Code = Code(202);
/// An organisation's or site's block does not fit into the address plan.
pub(super) const BLOCK: Code = Code(205);
/// Two sites come to the same block.
pub(super) const BLOCK_TAKEN: Code = Code(206);
/// A subnet does not fit into its site's block.
pub(super) const SUBNET: Code = Code(207);
/// Two subnets of a site overlap.
pub(super) const SUBNET_OVERLAP: Code = Code(208);
/// The management VLAN is missing, or a role has no place in it.
pub(super) const MANAGEMENT: Code = Code(209);
/// A management address lies outside its subnet.
pub(super) const ADDRESS: Code = Code(210);
/// Two devices, or a device and a gateway, come to the same address.
pub(super) const ADDRESS_TAKEN: Code = Code(211);
/// The blocks for links or loopbacks have no room, or overlap a site.
pub(super) const LINKS: Code = Code(212);
/// Two links come to the same addresses.
pub(super) const LINK_TAKEN: Code = Code(213);
/// A port the model does not have.
pub(super) const PORT: Code = Code(214);
/// A port is used twice.
pub(super) const PORT_TAKEN: Code = Code(215);
/// The port at the other end of a link is not clear.
pub(super) const FAR_PORT: Code = Code(216);
/// The ends of a link contradict each other.
pub(super) const ENDS: Code = Code(217);
/// A trunk leaves its site.
pub(super) const LEAVES_SITE: Code = Code(218);
/// No link leads from a device to the middle of its site.
pub(super) const UNREACHED: Code = Code(219);
/// A trunk does not carry a VLAN that is needed behind it.
pub(super) const NOT_CARRIED: Code = Code(220);
/// A VLAN has no gateway at a site.
pub(super) const NO_GATEWAY: Code = Code(221);
/// A port uses a VLAN the site does not have.
pub(super) const VLAN_ABSENT: Code = Code(222);

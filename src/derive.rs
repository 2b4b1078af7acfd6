//! Addresses, names, ports and links: everything that follows from the model.

//! Pushes an approved plan, device by device, and proves each outcome.

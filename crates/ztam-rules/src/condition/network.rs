//! Networks as text: an address, a range `first-last`, or an address with a prefix length, of both families.

use core::net::{IpAddr, Ipv6Addr};

/// A range of addresses, both ends included. Addresses of version 4 written as version 6 are of version 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    /// Whether it is of version 6.
    pub(super) is_v6: bool,
    /// First address as a number.
    pub(super) first: u128,
    /// Last address as a number.
    pub(super) last: u128,
}

impl Range {
    /// Reads one; `None` if the text is no network.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (first, last) = if let Some((address, prefix)) = text.split_once('/') {
            let (address, bits) = (address.trim().parse::<IpAddr>().ok()?, prefix.trim());
            // A sign would be read as a number too.
            let length: u32 = bits.bytes().all(|it| it.is_ascii_digit()).then(|| bits.parse().ok())??;
            let width: u32 = if address.is_ipv4() { 32 } else { 128 };
            let host = width_mask(width.checked_sub(length)?);
            let (number, _) = number(address);
            let (first, last) = (number & !host, number | host);
            return Some(Self::of(address.is_ipv6(), first, last));
        } else if let Some((first, last)) = text.split_once('-') {
            (first.trim().parse().ok()?, last.trim().parse().ok()?)
        } else {
            let address: IpAddr = text.parse().ok()?;
            (address, address)
        };
        let ((first, v6), (last, other)) = (number(first), number(last));
        (v6 == other && first <= last).then(|| Self::of(v6, first, last))
    }

    /// A range, of version 4 where both ends are addresses of version 4 in version 6.
    fn of(is_v6: bool, first: u128, last: u128) -> Self {
        let mapped = |it: u128| Ipv6Addr::from_bits(it).to_ipv4_mapped().map(|it| u128::from(it.to_bits()));
        match (mapped(first), mapped(last)) {
            (Some(first), Some(last)) if is_v6 => Self { is_v6: false, first, last },
            _ => Self { is_v6, first, last },
        }
    }

    /// Whether the two have an address in common.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.is_v6 == other.is_v6 && self.first <= other.last && other.first <= self.last
    }
}

fn number(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(it) => (u128::from(it.to_bits()), false),
        IpAddr::V6(it) => (it.to_bits(), true),
    }
}

fn width_mask(bits: u32) -> u128 {
    1u128.checked_shl(bits).map_or(u128::MAX, |it| it - 1)
}

/// How many addresses of a version some ranges hold together, each counted once. Stops at the largest number.
pub(super) fn size(ranges: &[Range], is_v6: bool) -> u128 {
    let mut sorted: Vec<_> = ranges.iter().filter(|it| it.is_v6 == is_v6).collect();
    sorted.sort_unstable();
    let mut size = 0u128;
    let mut end: Option<u128> = None;
    for range in sorted {
        let start = match end {
            Some(end) if range.last <= end => continue,
            Some(end) if range.first <= end => end.saturating_add(1),
            _ => range.first,
        };
        size = size.saturating_add((range.last - start).saturating_add(1));
        end = Some(range.last);
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Option<(bool, u128, u128)> {
        Range::parse(text).map(|it| (it.is_v6, it.first, it.last))
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(range("192.0.2.7"), Some((false, 0xC000_0207, 0xC000_0207)));
        assert_eq!(range("192.0.2.0 - 192.0.2.9"), Some((false, 0xC000_0200, 0xC000_0209)));
        assert_eq!(range("192.0.2.77/24"), Some((false, 0xC000_0200, 0xC000_02FF)));
        assert_eq!(range("0.0.0.0/0"), Some((false, 0, 0xFFFF_FFFF)));
        assert_eq!(range("::/0"), Some((true, 0, u128::MAX)));
        assert_eq!(range("2001:db8::/127").map(|it| it.2 & 1), Some(1));
        assert_eq!(range("::ffff:192.0.2.0/120"), range("192.0.2.0/24"));
        for wrong in [
            "",
            "192.0.2",
            "192.0.2.0/33",
            "192.0.2.0/+8",
            "192.0.2.0/",
            "::/129",
            "192.0.2.9-192.0.2.0",
            "192.0.2.0-::1",
            "*",
        ] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_size_counts_each_address_once() {
        let all = |texts: &[&str]| texts.iter().filter_map(|it| Range::parse(it)).collect::<Vec<_>>();
        assert_eq!(size(&all(&["0.0.0.0/1", "128.0.0.0/1"]), false), 1 << 32);
        assert_eq!(size(&all(&["192.0.2.0/24", "192.0.2.0/28", "192.0.2.128-192.0.3.0"]), false), 257);
        assert_eq!(size(&all(&["::/0", "::1"]), true), u128::MAX);
        assert_eq!(size(&all(&["192.0.2.0/24"]), true), 0);
    }
}

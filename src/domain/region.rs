//! Regions of the world: the sub-regions of the United Nations' standard M49.

use std::{collections::BTreeMap, sync::LazyLock};

use super::place::Country;

/// Each region and the codes of its countries (`data/regions.tsv`). Antarctica is in none, as in M49.
const DATA: &str = include_str!("data/regions.tsv");

static BY_COUNTRY: LazyLock<BTreeMap<&'static str, Region>> = LazyLock::new(|| {
    let named = |name: &str| {
        let mut all = Region::ALL.into_iter();
        all.find(|region| format!("{region:?}") == name)
    };
    DATA.lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(name, codes)| Some((named(name)?, codes)))
        .flat_map(|(region, codes)| codes.split(' ').map(move |code| (code, region)))
        .collect()
});

/// A region of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Region {
    /// Northern Africa.
    NorthernAfrica,
    /// Africa south of the Sahara.
    SubSaharanAfrica,
    /// Latin America and the Caribbean.
    LatinAmericaAndCaribbean,
    /// Northern America.
    NorthernAmerica,
    /// Central Asia.
    CentralAsia,
    /// Eastern Asia.
    EasternAsia,
    /// South-eastern Asia.
    SouthEasternAsia,
    /// Southern Asia.
    SouthernAsia,
    /// Western Asia.
    WesternAsia,
    /// Eastern Europe.
    EasternEurope,
    /// Northern Europe.
    NorthernEurope,
    /// Southern Europe.
    SouthernEurope,
    /// Western Europe.
    WesternEurope,
    /// Australia and New Zealand.
    AustraliaAndNewZealand,
    /// Melanesia.
    Melanesia,
    /// Micronesia.
    Micronesia,
    /// Polynesia.
    Polynesia,
}

impl Region {
    /// Every region.
    pub const ALL: [Region; 17] = [
        Region::NorthernAfrica,
        Region::SubSaharanAfrica,
        Region::LatinAmericaAndCaribbean,
        Region::NorthernAmerica,
        Region::CentralAsia,
        Region::EasternAsia,
        Region::SouthEasternAsia,
        Region::SouthernAsia,
        Region::WesternAsia,
        Region::EasternEurope,
        Region::NorthernEurope,
        Region::SouthernEurope,
        Region::WesternEurope,
        Region::AustraliaAndNewZealand,
        Region::Melanesia,
        Region::Micronesia,
        Region::Polynesia,
    ];

    /// The region of a country; nothing for Antarctica.
    pub fn of(country: Country) -> Option<Self> {
        BY_COUNTRY.get(country.code()).copied()
    }

    /// The English name.
    pub const fn name(self) -> &'static str {
        match self {
            Region::NorthernAfrica => "Northern Africa",
            Region::SubSaharanAfrica => "Sub-Saharan Africa",
            Region::LatinAmericaAndCaribbean => "Latin America and the Caribbean",
            Region::NorthernAmerica => "Northern America",
            Region::CentralAsia => "Central Asia",
            Region::EasternAsia => "Eastern Asia",
            Region::SouthEasternAsia => "South-eastern Asia",
            Region::SouthernAsia => "Southern Asia",
            Region::WesternAsia => "Western Asia",
            Region::EasternEurope => "Eastern Europe",
            Region::NorthernEurope => "Northern Europe",
            Region::SouthernEurope => "Southern Europe",
            Region::WesternEurope => "Western Europe",
            Region::AustraliaAndNewZealand => "Australia and New Zealand",
            Region::Melanesia => "Melanesia",
            Region::Micronesia => "Micronesia",
            Region::Polynesia => "Polynesia",
        }
    }

    /// Its place in the list, from 0.
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_is_in_one_region() {
        for country in Country::all() {
            assert_eq!(
                Region::of(country).is_none(),
                country.code() == "AQ",
                "{}",
                country.code()
            );
        }
        let listed = DATA
            .lines()
            .flat_map(|line| line.split(['\t', ' ']).skip(1));
        let codes: Vec<&str> = listed.collect();
        assert_eq!(codes.len(), BY_COUNTRY.len());
        for code in codes {
            assert!(Country::parse(code).is_ok(), "{code}");
        }
        for region in Region::ALL {
            assert!(BY_COUNTRY.values().any(|it| *it == region), "{region:?}");
            assert_eq!(Region::ALL[region.index()], region);
        }
    }
}

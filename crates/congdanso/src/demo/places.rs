//! Where the invented reports are: communes of the pack that fit, points near their middle.

use super::{
    dice::Dice,
    texts::{Land, ProvincePeople, Template},
};
use anyhow::Context;
use base::geo::Point;
use domain::{
    packs::{Unit, UnitKind},
    province::Province,
};

/// Metres of a degree of latitude.
const DEGREE: f64 = 111_195.0;
/// How far a point may lie from its commune's middle.
const NEAR: f32 = 2_000.0;

/// The pack's communes with what they are like.
pub struct Places {
    communes: Vec<(String, Vec<Land>)>,
    /// The demo officer's commune.
    pub home: String,
}

impl Places {
    pub fn new(province: &Province, people: &ProvincePeople) -> anyhow::Result<Self> {
        let units = &province.pack.units;
        // A pack that the demo does not know: its largest commune.
        let home = match province.commune(&people.commune) {
            Some(unit) => unit,
            None => units.iter().max_by_key(|u| u.population).context("the pack has no communes")?,
        };
        let communes = units.iter().map(|u| (u.code.clone(), lands(u, people))).collect();
        Ok(Self { communes, home: home.code.clone() })
    }

    pub fn fits(&self, commune: &str, template: &Template) -> bool {
        template.land.is_empty()
            || self
                .communes
                .iter()
                .any(|(code, lands)| code == commune && lands.iter().any(|l| template.land.contains(l)))
    }

    /// A commune where this could happen; towns more often, for more people live there.
    pub fn somewhere(&self, dice: &Dice, template: &Template) -> Option<String> {
        let mut fitting: Vec<&str> = Vec::new();
        for (code, lands) in self.communes.iter().filter(|(code, _)| self.fits(code, template)) {
            let times = if lands.contains(&Land::Town) { 3 } else { 1 };
            fitting.extend(std::iter::repeat_n(code.as_str(), times));
        }
        dice.pick(&fitting).map(|code| (*code).to_owned())
    }

    pub fn any(&self, dice: &Dice) -> Option<String> {
        dice.pick(&self.communes).map(|(code, _)| code.clone())
    }
}

fn lands(unit: &Unit, people: &ProvincePeople) -> Vec<Land> {
    let mut lands = Vec::new();
    if people.coast.contains(&unit.code) || unit.kind == UnitKind::SpecialZone {
        lands.push(Land::Coast);
    }
    if unit.kind == UnitKind::Ward {
        lands.push(Land::Town);
    } else if people.mountain.contains(&unit.code) {
        lands.push(Land::Mountain);
    } else if lands.is_empty() {
        lands.push(people.rest);
    }
    lands
}

/// A point near the middle of a commune that lies in that commune; `None` when none was found: then words must do.
pub fn point(dice: &Dice, province: &Province, commune: &str) -> Option<Point> {
    let unit = province.commune(commune)?;
    (0..8).find_map(|_| {
        let (turn, far) = (dice.between(0.0, std::f32::consts::TAU), dice.between(60.0, NEAR));
        let (north, east) = (f64::from(turn.sin() * far), f64::from(turn.cos() * far));
        let lat = unit.lat + north / DEGREE;
        let point = Point::new(lat, unit.lon + east / (DEGREE * lat.to_radians().cos()))?;
        (province.locate(point).commune.as_deref() == Some(commune)).then_some(point)
    })
}

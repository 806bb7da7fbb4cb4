//! The pool of pictures: each painted once, taken in like a stranger's photo, used many times.

use super::{
    dice::Dice,
    pictures::{self, Scene},
};
use anyhow::{Context, anyhow};
use domain::reports::photos::{self, Photo};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// One picture: what it shows, whether somebody has taken care of it, which of the variations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shot {
    pub scene: Scene,
    pub after: bool,
    pub variation: u64,
}

impl Shot {
    /// Scenes that many reports are about come in two variations.
    pub fn variations(scene: Scene) -> u64 {
        if matches!(scene, Scene::Road | Scene::Canal | Scene::Tree) { 2 } else { 1 }
    }

    /// What a person may have photographed of the same thing: one to three pictures.
    pub fn some(dice: &Dice, scene: Scene, variation: u64) -> Vec<Self> {
        let before = |scene, variation| Self { scene, after: false, variation };
        let mut shots = vec![before(scene, variation)];
        if Self::variations(scene) > 1 && dice.chance(45) {
            shots.push(before(scene, 1 - variation));
        }
        let beside = match scene {
            Scene::Road => Some(Scene::Drain),
            Scene::Canal => Some(Scene::Market),
            Scene::Tree => Some(Scene::Pole),
            Scene::Flood => Some(Scene::Canal),
            _ => None,
        };
        if let Some(beside) = beside.filter(|_| dice.chance(25)) {
            shots.push(before(beside, 0));
        }
        shots
    }
}

/// The painted pictures.
#[derive(Default)]
pub struct Album(BTreeMap<Shot, Photo>);

impl Album {
    /// Paints these, a few at a time: every picture that is being made holds some megabytes.
    pub async fn paint(shots: BTreeSet<Shot>, seed: u64) -> anyhow::Result<Self> {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        let (mut painting, mut waiting, mut album) = (JoinSet::new(), shots.into_iter(), Self::default());
        loop {
            while painting.len() < at_once {
                let Some(shot) = waiting.next() else { break };
                painting.spawn(paint_one(shot, seed));
            }
            let Some(painted) = painting.join_next().await else { return Ok(album) };
            let (shot, photo) = painted??;
            album.0.insert(shot, photo);
        }
    }

    pub fn photos(&self, shots: &[Shot]) -> Vec<Photo> {
        shots.iter().filter_map(|shot| self.0.get(shot).cloned()).collect()
    }
}

async fn paint_one(shot: Shot, seed: u64) -> anyhow::Result<(Shot, Photo)> {
    // Odd and even: the second variation is seen from the other side.
    let seed = seed * 2 + shot.variation;
    let jpeg = tokio::task::spawn_blocking(move || pictures::paint(shot.scene, shot.after, seed)).await?;
    let taken = photos::take_in(jpeg.context("a picture cannot be encoded")?).await?;
    Ok((shot, taken.map_err(|bad| anyhow!("a picture was refused: {}", bad.key()))?))
}

//! The seeds of a crate's fuzz targets, read as any test is: so that a target cannot rot between two runs of the fuzzer.

use std::{fs, path::Path};

type Property = fn(&[u8]);

/// Runs every seed of every target, each also cut at many places, and checks that the fuzzer knows the target.
pub fn replay(targets: &[(&str, Property)]) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    for (name, property) in targets {
        let source = fs::read_to_string(fuzz.join("fuzz_targets").join(name).with_extension("rs")).unwrap();
        assert!(source.contains(&format!("fuzzing::{name}(data)")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name} is not in fuzz/Cargo.toml");
        let mut seeds = 0;
        for entry in fs::read_dir(fuzz.join("seeds").join(name)).unwrap() {
            let seed = bytes(&entry.unwrap().path());
            seeds += 1;
            for part in 0..16 {
                let (head, tail) = seed.split_at(seed.len() * part / 16);
                property(head);
                property(tail);
            }
        }
        assert!(seeds > 0, "{name} has no seeds");
    }
}

/// What is no text is written as hexadecimal digits, as `tools/fuzz.sh` reads them too.
fn bytes(seed: &Path) -> Vec<u8> {
    let text = fs::read(seed).unwrap();
    if seed.extension().is_none_or(|e| e != "hex") {
        return text;
    }
    let digits: Vec<char> = String::from_utf8(text).unwrap().split_whitespace().collect::<String>().chars().collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

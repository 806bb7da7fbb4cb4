//! Backup and restore of the embedded database and the files (X9).
#![expect(clippy::print_stdout, reason = "commands answer on standard output")]

use super::read_config;
use anyhow::{Context, bail};
use std::path::Path;
use store::{Options, Store};

/// Copies the database while the server works, then the files. In this order every row's file is in the copy, because a file
/// is written before its row.
pub async fn backup(config: &Path, folder: &Path) -> anyhow::Result<()> {
    let config = read_config(config)?;
    if config.database.url.is_some() {
        bail!("PostgreSQL is backed up with pg_dump; see docs/OPERATIONS.md. The files are in {}", config.data.join("files").display());
    }
    if folder.exists() {
        bail!("{} exists; choose another name", folder.display());
    }
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let store = Store::connect(&config.database_url(), Options::default()).await?;
    store.backup_to(&folder.join("congdanso.sqlite")).await?;
    let copied = copy(&config.data.join("files"), &folder.join("files"))?;
    println!("{}: cơ sở dữ liệu và {copied} tệp. Khóa bí mật không nằm trong bản sao: hãy giữ riêng.", folder.display());
    Ok(())
}

/// Only into an empty data folder: a restore never overwrites.
pub async fn restore(config: &Path, folder: &Path) -> anyhow::Result<()> {
    let config = read_config(config)?;
    let database = config.data.join("congdanso.sqlite");
    if database.exists() {
        bail!("{} exists; restore only into an empty data folder", database.display());
    }
    let source = folder.join("congdanso.sqlite");
    if !source.exists() {
        bail!("{} is no backup: congdanso.sqlite is missing", folder.display());
    }
    std::fs::create_dir_all(&config.data)?;
    // Checked before it is used.
    let store = Store::connect(&format!("sqlite:{}", source.display()), Options::default()).await?;
    store.integrity().await?;
    std::fs::copy(&source, &database)?;
    std::fs::File::open(&database)?.sync_all()?;
    let copied = copy(&folder.join("files"), &config.data.join("files"))?;
    println!("{}: cơ sở dữ liệu và {copied} tệp", config.data.display());
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<u64> {
    std::fs::create_dir_all(to)?;
    let mut copied = 0;
    if !from.exists() {
        return Ok(0);
    }
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copied += copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
            std::fs::File::open(&target)?.sync_all()?;
            copied += 1;
        }
    }
    Ok(copied)
}

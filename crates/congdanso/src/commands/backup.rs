//! Backup and restore of the embedded database and the files (X9).
#![expect(clippy::print_stdout, reason = "commands answer on standard output")]

use super::read_config;
use crate::config::Config;
use anyhow::{Context, bail};
use std::{os::unix::fs::DirBuilderExt, path::Path};
use store::{Options, Store};

/// Copies the database while the server works, then the files. In this order every row's file is in the copy, because a file
/// is written before its row.
pub async fn backup(config: &Path, folder: &Path) -> anyhow::Result<()> {
    let config = read_config(config)?;
    if config.database.url.is_some() {
        bail!("PostgreSQL is backed up with pg_dump; see docs/OPERATIONS.md. {}", lie(&config));
    }
    if folder.exists() {
        bail!("{} exists; choose another name", folder.display());
    }
    private_folder(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let store = Store::connect(&config.database_url(), Options::default()).await?;
    store.backup_to(&folder.join("congdanso.sqlite")).await?;
    if config.files.is_some() {
        println!(
            "{}: cơ sở dữ liệu. {} Khóa bí mật không nằm trong bản sao: hãy giữ riêng.",
            folder.display(),
            lie(&config)
        );
        return Ok(());
    }
    let copied = copy(&config.data.join("files"), &folder.join("files"))?;
    println!(
        "{}: cơ sở dữ liệu và {copied} tệp. Khóa bí mật không nằm trong bản sao: hãy giữ riêng.",
        folder.display()
    );
    Ok(())
}

/// Only into an empty data folder: a restore never overwrites.
pub async fn restore(config: &Path, folder: &Path) -> anyhow::Result<()> {
    let config = read_config(config)?;
    if config.database.url.is_some() {
        bail!("PostgreSQL is restored with pg_restore; see docs/OPERATIONS.md. {}", lie(&config));
    }
    let database = config.data.join("congdanso.sqlite");
    // A write-ahead log that was left behind would be played into the restored database.
    for part in ["congdanso.sqlite", "congdanso.sqlite-wal", "congdanso.sqlite-shm", "files"] {
        let part = config.data.join(part);
        let empty = part.is_dir() && part.read_dir()?.next().is_none();
        if part.exists() && !empty {
            bail!("{} exists; restore only into an empty data folder", part.display());
        }
    }
    let source = folder.join("congdanso.sqlite");
    if !source.exists() {
        bail!("{} is no backup: congdanso.sqlite is missing", folder.display());
    }
    if !config.data.exists() {
        private_folder(&config.data)?;
    }
    // Copied first and checked before it gets its name: the backup itself stays as it is, and a damaged one is never served.
    let unchecked = config.data.join("restoring.sqlite");
    let checked = copy_checked(&source, &unchecked).await;
    if checked.is_err() {
        remove_database(&unchecked);
    }
    checked.with_context(|| format!("{} is damaged", source.display()))?;
    std::fs::rename(&unchecked, &database)?;
    remove_database(&unchecked); // what looking at it left beside it
    std::fs::File::open(&database)?.sync_all()?;
    if config.files.is_some() {
        println!("{}: cơ sở dữ liệu. {}", config.data.display(), lie(&config));
        return Ok(());
    }
    let copied = copy(&folder.join("files"), &config.data.join("files"))?;
    println!("{}: cơ sở dữ liệu và {copied} tệp", config.data.display());
    Ok(())
}

/// Where the files lie, which are copied by other means.
fn lie(config: &Config) -> String {
    match &config.files {
        Some(files) => format!("Các tệp nằm trong kho «{}» và phải được sao lưu ở đó.", files.bucket),
        None => format!("Các tệp nằm trong thư mục {}.", config.data.join("files").display()),
    }
}

/// A folder for personal data: nobody but its owner looks in.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

async fn copy_checked(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::copy(from, to)?;
    let store = Store::connect(&format!("sqlite:{}", to.display()), Options::default()).await?;
    store.integrity().await?;
    store.close().await;
    Ok(())
}

fn remove_database(file: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", file.display())); // what is there
    }
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
            match std::fs::copy(entry.path(), &target) {
                Ok(_) => {}
                // Deleted while the copy went on: its row is gone, too, or was never written.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e).with_context(|| format!("{} cannot be copied", entry.path().display())),
            }
            std::fs::File::open(&target)?.sync_all()?;
            copied += 1;
        }
    }
    Ok(copied)
}

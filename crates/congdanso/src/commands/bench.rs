//! Filled in by the benchmark (see `make bench`).

#[derive(clap::Args)]
pub struct BenchArgs {}

pub async fn run(_: BenchArgs) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}

//! Reads what connected systems handle (N14), one after the other: nobody waits for it.

use domain::{
    core::Core,
    error::Error,
    national::catalogue::{self, Due, Entry},
};
use identity::outgoing::{Outgoing, Trouble};
use url::Url;

/// Two thousand procedures with long names take half of it.
const LONGEST: usize = 4 * 1024 * 1024;

/// Who asks. Errors: the HTTP client cannot be made.
pub fn reader(core: &Core) -> Result<Outgoing, Trouble> {
    // In the demo the systems are on this machine.
    Ok(Outgoing::new(core.settings.demo)?.up_to(LONGEST))
}

/// Reads every list that is due. A system that is away keeps what it said before, and is asked again.
pub async fn read(core: &Core, outgoing: &Outgoing) -> Result<(), Error> {
    for due in catalogue::due(core).await? {
        match ask(outgoing, &due).await {
            Ok(entries) => catalogue::keep(core, &due.client_id, entries).await?,
            Err(why) => {
                tracing::warn!(client = %due.client_id, why, "a system's procedures were not read; it is asked again");
                catalogue::failed(core, &due.client_id).await?;
            }
        }
    }
    Ok(())
}

async fn ask(outgoing: &Outgoing, due: &Due) -> Result<Vec<Entry>, String> {
    let url = Url::parse(&due.procedures_uri).map_err(|_| "no address".to_owned())?;
    let list = outgoing.json(&url).await.map_err(|e| e.to_string())?;
    catalogue::read(&list).map_err(str::to_owned)
}

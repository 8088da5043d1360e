//! The tables `organization_branding` and `branding_images`, and the setting `branding`.
use vestibule_kernel::db::{Json, Value};
use vestibule_kernel::id::OrganizationId;
use vestibule_kernel::secret::digest_of;
use vestibule_kernel::{Cx, Error, Result};

use crate::{Branding, Image, Images, MediaType};

/// Whose branding it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The environment's.
    Environment,
    /// That of one of its organizations.
    Organization(OrganizationId),
}

impl Owner {
    fn key(&self) -> &str {
        match self {
            Self::Environment => "",
            Self::Organization(id) => id.as_str(),
        }
    }
}

impl From<Option<OrganizationId>> for Owner {
    fn from(id: Option<OrganizationId>) -> Self {
        id.map_or(Self::Environment, Self::Organization)
    }
}

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The logo.
    Logo,
    /// The logo on dark colours.
    DarkLogo,
    /// The icon of the browser's tab.
    Favicon,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Logo => "logo",
            Self::DarkLogo => "dark_logo",
            Self::Favicon => "favicon",
        }
    }
}

/// That of the environment.
pub fn of_environment(cx: &mut Cx<'_>) -> Result<Branding> {
    let images = images(cx, &Owner::Environment)?;
    Ok(Branding { images, ..cx.setting()? })
}

/// What an organization has of its own.
pub fn of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<Branding> {
    let values = [cx.environment.into(), id.into()];
    let sql = "SELECT value FROM organization_branding
               WHERE environment_id = $1 AND organization_id = $2";
    let kept = match cx.db().first(sql, &values)? {
        Some(mut row) => row.take::<Json<Branding>>()?.0,
        None => Branding::default(),
    };
    let images = images(cx, &Owner::Organization(id.clone()))?;
    Ok(Branding { images, ..kept })
}

/// Keeps all but the pictures, in the place of what was kept.
pub fn set(cx: &mut Cx<'_>, owner: &Owner, branding: &Branding) -> Result<()> {
    let id = match owner {
        Owner::Environment => return cx.set(branding),
        Owner::Organization(id) => id,
    };
    let values = [cx.environment.into(), id.into(), Json(branding).into(), cx.now().into()];
    let sql = "INSERT INTO organization_branding
                 (environment_id, organization_id, value, updated_at)
               VALUES ($1, $2, $3, $4)
               ON CONFLICT (environment_id, organization_id)
               DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Forgets all that an organization has of its own.
pub fn delete_of_organization(cx: &mut Cx<'_>, id: &OrganizationId) -> Result<()> {
    let values = [cx.environment.into(), id.into()];
    let sql = "DELETE FROM organization_branding
               WHERE environment_id = $1 AND organization_id = $2";
    cx.db().execute(sql, &values)?;
    let sql = "DELETE FROM branding_images WHERE environment_id = $1 AND owner = $2";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Keeps a picture, in the place of the one before.
pub fn set_image(
    cx: &mut Cx<'_>,
    owner: &Owner,
    kind: Kind,
    content: Vec<u8>,
    media_type: MediaType,
) -> Result<()> {
    let digest = digest_of(&content);
    let values = [
        cx.environment.into(),
        owner.key().into(),
        kind.as_str().into(),
        digest.into(),
        media_type.as_str().into(),
        content.into(),
        cx.now().into(),
    ];
    let sql = "INSERT INTO branding_images
                 (environment_id, owner, kind, digest, media_type, content, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (environment_id, owner, kind)
               DO UPDATE SET digest = excluded.digest, media_type = excluded.media_type,
                 content = excluded.content, created_at = excluded.created_at";
    cx.db().execute(sql, &values).map(|_| ())
}

/// Forgets a picture.
pub fn delete_image(cx: &mut Cx<'_>, owner: &Owner, kind: Kind) -> Result<()> {
    let values = [cx.environment.into(), owner.key().into(), kind.as_str().into()];
    let sql = "DELETE FROM branding_images
               WHERE environment_id = $1 AND owner = $2 AND kind = $3";
    cx.db().execute(sql, &values).map(|_| ())
}

/// The picture of this content, with its kind.
pub fn image(cx: &mut Cx<'_>, digest: &str) -> Result<Option<(MediaType, Vec<u8>)>> {
    let values = [cx.environment.into(), digest.into()];
    let sql = "SELECT media_type, content FROM branding_images
               WHERE environment_id = $1 AND digest = $2 LIMIT 1";
    let Some(mut row) = cx.db().first(sql, &values)? else { return Ok(None) };
    let media_type = media_type(&row.take::<String>()?)?;
    Ok(Some((media_type, row.take()?)))
}

fn images(cx: &mut Cx<'_>, owner: &Owner) -> Result<Images> {
    let values: [Value; 2] = [cx.environment.into(), owner.key().into()];
    let sql = "SELECT kind, digest, media_type FROM branding_images
               WHERE environment_id = $1 AND owner = $2";
    let mut images = Images::default();
    for mut row in cx.db().query(sql, &values)? {
        let (kind, digest): (String, String) = (row.take()?, row.take()?);
        let image = Some(Image { digest, media_type: media_type(&row.take::<String>()?)? });
        match kind.as_str() {
            "logo" => images.logo = image,
            "dark_logo" => images.dark_logo = image,
            "favicon" => images.favicon = image,
            other => return Err(Error::internal(format!("a picture is kept for '{other}'"))),
        }
    }
    Ok(images)
}

fn media_type(text: &str) -> Result<MediaType> {
    MediaType::parse(text).ok_or_else(|| Error::internal(format!("a picture is kept as '{text}'")))
}

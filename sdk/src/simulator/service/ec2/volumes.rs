//! Volumes of EBS, so that something can be backed up and restored: made, described, deleted. No instance uses them.

use serde_json::{Value, json};

use super::look::{Look, one};
use super::want::{Want, done, invalid, read_new_tags, show_tags};
use crate::simulator::authorize::{Answer, Call};
use crate::simulator::failure::Failure;
use crate::simulator::service::{Operation, read, write};
use crate::simulator::wire::Params;
use crate::simulator::world::World;
use crate::simulator::world::network::{Kind, Label, Volume};

pub(super) const OPERATIONS: &[Operation] =
    &[write("CreateVolume", create_volume), read("DescribeVolumes", describe_volumes), write("DeleteVolume", delete_volume)];

/// The only type here; others have further parameters.
const SORT: &str = "gp3";
/// Smallest and largest volume of that type, in GiB (EC2 API, `CreateVolume`).
const SIZES: std::ops::RangeInclusive<i64> = 1..=65_536;
/// Most volumes on a page (docs/AWS.md D.5).
const PAGE_MAX: i64 = 1_000;

fn create_volume(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let zone = params.text("AvailabilityZone")?.to_owned();
    let size = params.optional_integer("Size", SIZES)?.ok_or_else(|| invalid("A volume needs its size or a snapshot."))?;
    let sort = params.optional_text("VolumeType")?.unwrap_or("gp2").to_owned();
    if sort != SORT {
        return Err(Failure::not_implemented(format_args!("volumes of type {sort}")));
    }
    let tags = read_new_tags(&params, Kind::Volume)?;
    let pass = Want::to("ec2:CreateVolume").makes(Kind::Volume, &tags).enter(world, call, params)?;
    if !zone.starts_with(call.region) {
        return Err(invalid(format!("The zone '{zone}' does not exist.")));
    }
    let encrypted = world.network(call)?.ebs_encryption;
    let label = Label::new(world.hex_id(Kind::Volume.prefix()), call.now, tags);
    let volume = Volume { label, zone, size, sort, encrypted, snapshot: None };
    let shown = show(&volume);
    world.network_mut(call)?.volumes.insert(volume.label.id.clone(), volume);
    Ok(pass.answer(shown))
}

fn describe_volumes(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let look = Look::read(&params, "VolumeId", PAGE_MAX)?;
    let pass = Want::to("ec2:DescribeVolumes").enter(world, call, params)?;
    let volumes = &world.network(call)?.volumes;
    let answer = look.answer(
        world,
        call,
        "volumeSet",
        volumes,
        &[("volume-id", &|volume| one(&volume.label.id)), ("availability-zone", &|volume| one(&volume.zone))],
        show,
    )?;
    Ok(pass.answer(answer))
}

fn delete_volume(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let id = params.text("VolumeId")?;
    let pass = Want::to("ec2:DeleteVolume").on(Kind::Volume, id).enter(world, call, params)?;
    world.network_mut(call)?.volumes.remove(id);
    Ok(pass.answer(done()))
}

fn show(volume: &Volume) -> Value {
    json!({
        "volumeId": volume.label.id,
        "size": volume.size,
        "availabilityZone": volume.zone,
        "status": "available",
        "createTime": volume.label.made.iso(),
        "volumeType": volume.sort,
        "encrypted": volume.encrypted,
        "snapshotId": volume.snapshot.as_deref().unwrap_or_default(),
        "multiAttachEnabled": false,
        "attachmentSet": [],
        "tagSet": show_tags(&volume.label.tags),
    })
}

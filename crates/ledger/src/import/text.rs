//! The serialised twins of the rows: what one line of an import file looks like to serde. Shapes
//! only; what the texts mean is decided in `decode`.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Text of a line; borrowed from it where it holds no escapes.
pub(super) type Text<'a> = Cow<'a, str>;

/// A number as it was written, in digits or in quotes: never a binary fraction.
#[derive(Debug, Clone)]
pub(super) struct Decimal<'a>(pub(super) Text<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Decimal<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('"') {
            return serde_json::from_str::<String>(raw)
                .map(|text| Self(Cow::Owned(text)))
                .map_err(serde::de::Error::custom);
        }
        Ok(Self(Cow::Borrowed(raw)))
    }
}

impl Serialize for Decimal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.clone().into_owned())
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

/// A conveyance: in words, or with its kind and number.
#[derive(Debug)]
pub(super) enum ConveyanceValue<'a> {
    Words(Text<'a>),
    Known(ConveyanceText<'a>),
}

impl<'de: 'a, 'a> Deserialize<'de> for ConveyanceValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('"') {
            return serde_json::from_str::<String>(raw)
                .map(|text| Self::Words(Cow::Owned(text)))
                .map_err(serde::de::Error::custom);
        }
        serde_json::from_str(raw)
            .map(Self::Known)
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for ConveyanceValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Words(text) => text.serialize(serializer),
            Self::Known(known) => known.serialize(serializer),
        }
    }
}

/// Declares twins: every field known, none else allowed, empty ones not written.
macro_rules! twins {
    ($($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name<'a> {
            $($(#[$attr])* pub(super) $field: $type,)*
        }
    )*};
}

twins! {
    WindowText {
        #[serde(borrow)] from: Text<'a>,
        #[serde(borrow)] until: Text<'a>,
    }
    PointText {
        #[serde(borrow)] lat: Decimal<'a>,
        #[serde(borrow)] lon: Decimal<'a>,
    }
    CompanyText {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] name: Text<'a>,
        #[serde(borrow)] standing: Text<'a>,
        #[serde(borrow)] valid: WindowText<'a>,
    }
    VehicleText {
        #[serde(borrow)] plate: Text<'a>,
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        second_plate: Option<Text<'a>>,
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        tag: Option<Text<'a>>,
        #[serde(borrow)] class: Text<'a>,
        #[serde(borrow)] company: Text<'a>,
        #[serde(borrow)] tare_kg: Decimal<'a>,
        axles: u8,
        #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
        drivers: Vec<Text<'a>>,
        #[serde(borrow)] standing: Text<'a>,
        #[serde(borrow)] valid: WindowText<'a>,
    }
    DriverText {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] name: Text<'a>,
        #[serde(borrow)] company: Text<'a>,
        #[serde(borrow)] standing: Text<'a>,
        #[serde(borrow)] valid: WindowText<'a>,
    }
    PremisesText {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] name: Text<'a>,
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        at: Option<PointText<'a>>,
        #[serde(borrow)] standing: Text<'a>,
        #[serde(borrow)] valid: WindowText<'a>,
    }
    ContainerText {
        #[serde(borrow)] number: Text<'a>,
        #[serde(borrow)] tare_kg: Decimal<'a>,
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        size_type: Option<Text<'a>>,
        #[serde(borrow)] standing: Text<'a>,
    }
    /// `kind` and `number` stand together or not at all.
    ConveyanceText {
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        kind: Option<Text<'a>>,
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        number: Option<Text<'a>>,
        #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
        name: Text<'a>,
        #[serde(borrow, default, skip_serializing_if = "str::is_empty")]
        voyage: Text<'a>,
    }
    ManifestText {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] conveyance: ConveyanceValue<'a>,
        #[serde(borrow)] consignments: Vec<Text<'a>>,
        #[serde(borrow)] amended_at: Text<'a>,
    }
    ConsignmentText {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] manifest: Text<'a>,
        #[serde(borrow)] clearance: Text<'a>,
        #[serde(borrow)] gross_kg: Decimal<'a>,
        packages: u32,
        #[serde(borrow)] goods: Text<'a>,
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        hs_code: Option<Text<'a>>,
        #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
        containers: Vec<Text<'a>>,
        #[serde(borrow)] amended_at: Text<'a>,
    }
    PassContainerText {
        #[serde(borrow)] number: Text<'a>,
        empty: bool,
        #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
        seals: Vec<Text<'a>>,
    }
    PassConsignmentText {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] gross_kg: Decimal<'a>,
        packages: u32,
    }
    CorridorText {
        #[serde(borrow)] line: Vec<PointText<'a>>,
        half_width_m: u32,
        #[serde(borrow)] window: WindowText<'a>,
        stop_max_s: u32,
    }
    PassText {
        #[serde(borrow)] number: Text<'a>,
        #[serde(borrow)] premises: Text<'a>,
        #[serde(borrow)] direction: Text<'a>,
        #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
        lanes: Vec<Text<'a>>,
        #[serde(borrow)] window: WindowText<'a>,
        #[serde(borrow)] vehicle: Text<'a>,
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        trailer: Option<Text<'a>>,
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        driver: Option<Text<'a>>,
        #[serde(borrow)] company: Text<'a>,
        #[serde(borrow)] containers: Vec<PassContainerText<'a>>,
        #[serde(borrow)] consignments: Vec<PassConsignmentText<'a>>,
        #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
        stages: Vec<Text<'a>>,
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        corridor: Option<CorridorText<'a>>,
        scan_required: bool,
        #[serde(borrow)] standing: Text<'a>,
        #[serde(borrow)] issued_at: Text<'a>,
    }
    SubjectText {
        #[serde(borrow)] kind: Text<'a>,
        #[serde(borrow)] id: Text<'a>,
    }
    DirectiveText {
        #[serde(borrow)] id: Text<'a>,
        #[serde(borrow)] subject: SubjectText<'a>,
        #[serde(borrow)] order: Text<'a>,
        #[serde(borrow)] window: WindowText<'a>,
        #[serde(default)] withdrawn: bool,
        #[serde(default)] silent: bool,
        #[serde(borrow, default)] text: Text<'a>,
    }
}

/// One line: an object with one member, named after the kind of row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RowText<'a> {
    #[serde(borrow)]
    Company(CompanyText<'a>),
    Vehicle(VehicleText<'a>),
    Driver(DriverText<'a>),
    Premises(PremisesText<'a>),
    Container(ContainerText<'a>),
    Manifest(ManifestText<'a>),
    Consignment(ConsignmentText<'a>),
    Pass(Box<PassText<'a>>),
    Directive(DirectiveText<'a>),
}

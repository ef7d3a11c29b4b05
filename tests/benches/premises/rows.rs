//! A ledger of any size, made of visits: a vehicle with its driver, a container, goods, and the
//! pass that binds them; a company for every eight. All of it is made up.

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use domain::container::ContainerNumber;
use domain::gate_pass::{Direction, GatePass, PassConsignment, PassContainer};
use domain::id::{CompanyId, ConsignmentId, DriverId, ManifestId, PassNumber, PremisesId};
use domain::ledger_row::Row;
use domain::manifest::{Clearance, Consignment};
use domain::mass::Mass;
use domain::plate::Plate;
use domain::recordation::{
    CompanyRecord, ContainerRecord, DriverRecord, Standing, VehicleClass, VehicleRecord,
};
use domain::time::{Timestamp, Window};

const VEHICLES_A_COMPANY: usize = 8;

/// Writes a file of at least `rows` rows for `kakou ledger import`. Returns how many.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write(file: &Path, rows: usize, premises: &PremisesId) -> anyhow::Result<usize> {
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    let mut count = 0;
    for number in 0.. {
        if count >= rows {
            break;
        }
        for row in visit(number, premises)? {
            writeln!(out, "{}", ledger::import::encode_line(&row))?;
            count += 1;
        }
    }
    out.flush()?;
    Ok(count)
}

fn visit(number: usize, premises: &PremisesId) -> anyhow::Result<Vec<Row>> {
    let container = container(number)?;
    let plate = Plate::parse(&format!(
        "粤{}{:05}",
        letter(number / 100_000)?,
        number % 100_000
    ))?;
    let company = CompanyId::parse(&format!("4403{:06}", number / VEHICLES_A_COMPANY))?;
    let mut rows = recordations(number, &company, &plate, &container)?;
    rows.extend(papers(number, premises, company, plate, container)?);
    Ok(rows)
}

fn recordations(
    number: usize,
    company: &CompanyId,
    plate: &Plate,
    container: &ContainerNumber,
) -> anyhow::Result<Vec<Row>> {
    let driver = DriverId::parse(&format!("D{number:07}"))?;
    let valid = Window {
        from: Timestamp::from_seconds(1_577_836_800),
        until: Timestamp::from_seconds(2_208_988_800),
    };
    let mut rows = Vec::new();
    if number.is_multiple_of(VEHICLES_A_COMPANY) {
        rows.push(Row::Company(CompanyRecord {
            id: company.clone(),
            name: format!("Haulage company {}", number / VEHICLES_A_COMPANY),
            standing: Standing::Active,
            valid,
        }));
    }
    rows.push(Row::Driver(DriverRecord {
        id: driver.clone(),
        name: format!("Driver {number}"),
        company: company.clone(),
        standing: Standing::Active,
        valid,
    }));
    rows.push(Row::Vehicle(VehicleRecord {
        plate: plate.clone(),
        second_plate: None,
        tag: None,
        class: VehicleClass::Truck,
        company: company.clone(),
        tare: Mass::from_kg(12_000),
        axles: 4,
        drivers: vec![driver],
        standing: Standing::Active,
        valid,
    }));
    rows.push(Row::Container(ContainerRecord {
        number: container.clone(),
        tare: Mass::from_kg(3_750),
        size_type: Some("45G1".to_owned()),
        standing: Standing::Active,
    }));
    Ok(rows)
}

/// The goods and the pass that takes them in.
fn papers(
    number: usize,
    premises: &PremisesId,
    company: CompanyId,
    plate: Plate,
    container: ContainerNumber,
) -> anyhow::Result<[Row; 2]> {
    let goods = ConsignmentId::parse(&format!("BL{number:09}"))?;
    let issued_at = Timestamp::from_seconds(1_790_000_000 + number as i64);
    let gross = Mass::from_kg(1_000 + (number % 200) as i64 * 100);
    let consignment = Consignment {
        id: goods.clone(),
        manifest: ManifestId::parse(&format!("M{:08}", number / 20))?,
        clearance: Clearance::Cleared,
        gross,
        packages: 40,
        goods: "ceramic tiles".to_owned(),
        hs_code: Some("690721".to_owned()),
        containers: vec![container.clone()],
        amended_at: issued_at,
    };
    let pass = GatePass {
        number: PassNumber::parse(&format!("P{number:011}"))?,
        premises: premises.clone(),
        direction: Direction::Entry,
        lanes: Vec::new(),
        window: Window {
            from: issued_at,
            until: issued_at + Duration::from_secs(86_400),
        },
        vehicle: plate,
        trailer: None,
        driver: None,
        company,
        containers: vec![PassContainer {
            number: container,
            empty: false,
            seals: Vec::new(),
        }],
        consignments: vec![PassConsignment {
            id: goods,
            gross,
            packages: 40,
        }],
        stages: Vec::new(),
        corridor: None,
        scan_required: false,
        standing: Standing::Active,
        issued_at,
    };
    Ok([Row::Consignment(consignment), Row::Pass(pass)])
}

/// A to H: letters that every plate may have.
fn letter(place: usize) -> anyhow::Result<char> {
    let letter = "ABCDEFGH".chars().nth(place);
    letter.ok_or_else(|| anyhow::anyhow!("more visits than plates"))
}

fn container(number: usize) -> anyhow::Result<ContainerNumber> {
    let owner = if number < 1_000_000 { "CSQU" } else { "MSKU" };
    let ten = format!("{owner}{:06}", number % 1_000_000);
    let digit = ContainerNumber::check_digit(ten.as_bytes());
    Ok(ContainerNumber::parse(&format!("{ten}{digit}"))?)
}

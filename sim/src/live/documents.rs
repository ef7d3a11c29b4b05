//! A world → the configuration files of its gate and its region, and its policy.

use crate::world::World;

pub(super) fn gate_section(world: &World, port: u16) -> String {
    let gate = &world.gate;
    format!(
        "[gate]\nregion = \"{}\"\npremises = \"{}\"\ngate = \"{}\"\ndirectory = \"state\"\n\
         signing_key_file = \"keys/gate.key\"\nregion_key_file = \"keys/region.pub\"\n\
         policy_file = \"policy.toml\"\njournal_max_mib = 1024\n\n[uplink]\nhost = \"127.0.0.1\"\n\
         port = {port}\nca_file = \"tls/ca.pem\"\ncertificate_file = \"tls/gate.pem\"\n\
         key_file = \"tls/gate.key\"\nkeep_alive_s = 5\n\n[clock]\nsource = \"ntp\"\n\n[dashboard]\n\
         listen = \"127.0.0.1:0\"\nlanguage = \"en\"\n",
        gate.region, gate.premises, gate.gate
    )
}

pub(super) fn region_document(world: &World, port: u16) -> String {
    let gate = &world.gate;
    format!(
        "region = \"{}\"\nhost = \"127.0.0.1\"\nport = {port}\nca_file = \"tls/ca.pem\"\n\
         certificate_file = \"tls/region.pem\"\nkey_file = \"tls/region.key\"\n\
         signing_key_file = \"keys/region.key\"\nstore_file = \"region.sqlite\"\n\
         orders_folder = \"orders\"\npictures_folder = \"pictures\"\n\n[[gate]]\npremises = \"{}\"\ngate = \"{}\"\n\
         public_key_file = \"keys/gate.pub\"\n\n[http]\nlisten = \"127.0.0.1:0\"\n\
         token_file = \"http.tokens\"\n",
        gate.region, gate.premises, gate.gate
    )
}

pub(super) fn policy_document(world: &World) -> String {
    let policy = &world.policy;
    let limits: String = policy
        .gross_limits
        .iter()
        .map(|limit| {
            format!(
                "{{ axles = {}, gross_max_kg = {} }}, ",
                limit.axles,
                limit.gross_max.kg()
            )
        })
        .collect();
    let required: Vec<String> = policy
        .required_devices
        .iter()
        .map(|kind| format!("{:?}", kind.code()))
        .collect();
    let two_persons = policy.two_persons.iter().map(|rule| format!("\"{rule}\""));
    let two_persons: Vec<String> = two_persons.collect();
    format!(
        "version = {}\ntag_reads_min = {}\nconfidence_min_permille = {}\nagreeing_frames_min = {}\n\
         expires_soon_days = {}\nwindow_grace_s = {}\nledger_stale_after_s = {}\n\
         risk_list_stale_after_s = {}\nempty_cargo_max_kg = {}\nweight_tolerance_permille = {}\n\
         weight_tolerance_floor_kg = {}\nweight_review_bands = {}\ngross_limits = [{limits}]\n\
         axle_load_max_kg = {}\nscan_age_max_s = {}\n\
         scan_mass_tolerance_permille = {}\njourney_gap_max_s = {}\n\
         journey_late_grace_s = {}\nsampling_permille = {}\nrequired_devices = [{}]\n\
         two_persons = [{}]\ndegraded_max_s = {}\n",
        policy.version.central,
        policy.tag_reads_min,
        policy.confidence_min_permille,
        policy.agreeing_frames_min,
        policy.expires_soon_days,
        policy.window_grace_s,
        policy.ledger_stale_after_s,
        policy.risk_list_stale_after_s,
        policy.empty_cargo_max.kg(),
        policy.weight_tolerance_permille,
        policy.weight_tolerance_floor.kg(),
        policy.weight_review_bands,
        policy.axle_load_max.kg(),
        policy.scan_age_max_s,
        policy.scan_mass_tolerance_permille,
        policy.journey_gap_max_s,
        policy.journey_late_grace_s,
        policy.sampling_permille,
        required.join(", "),
        two_persons.join(", "),
        policy.degraded_max_s,
    )
}

-- The newest version of each log: newest end (without an end: oldest), then newest read.
--
-- Reads the whole archive whatever is asked, since no condition on dt passes the ranking below.
-- The named queries bound the days first; take them for large archives.
SELECT
  message_guid, status, started, ended, seconds, artifact_id, artifact_name, artifact_type,
  package_id, package_name, sender, receiver, error_text, correlation_id, application_message_id,
  application_message_type, predecessor_message_guid, custom_status, log_level, custom_headers,
  adapter_attributes, transaction_id, previous_component, local_component, origin_component,
  integration_flow_name, archiving_status, archiving_sender_channel, archiving_receiver_channel,
  archiving_attachments, archiving_persisted, link, version, read_at, amended, raw, unparsed,
  tenant, dt
FROM (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY coalesce(message_guid, version)
      ORDER BY ended DESC NULLS LAST, read_at DESC NULLS LAST, version DESC
    ) AS age
  FROM mpl_versions
)
WHERE age = 1

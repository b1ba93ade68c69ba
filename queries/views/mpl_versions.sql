-- One row for each version of a message processing log, typed, undated ones included.
--
-- Times are UTC.  What could not be parsed is null and stands in the column unparsed, never just
-- gone.  Bound dt where you can: each day without a bound is read.
SELECT
  messageguid AS message_guid,
  status,
  CAST(TRY(from_iso8601_timestamp(logstart)) AS timestamp) AS started,
  CAST(TRY(from_iso8601_timestamp(logend)) AS timestamp) AS ended,
  date_diff(
    'millisecond',
    CAST(TRY(from_iso8601_timestamp(logstart)) AS timestamp),
    CAST(TRY(from_iso8601_timestamp(logend)) AS timestamp)
  ) / 1E3 AS seconds,
  integrationartifact.id AS artifact_id,
  integrationartifact.name AS artifact_name,
  integrationartifact.type AS artifact_type,
  integrationartifact.packageid AS package_id,
  integrationartifact.packagename AS package_name,
  sender,
  receiver,
  errortext AS error_text,
  correlationid AS correlation_id,
  applicationmessageid AS application_message_id,
  applicationmessagetype AS application_message_type,
  predecessormessageguid AS predecessor_message_guid,
  customstatus AS custom_status,
  loglevel AS log_level,
  customheaderproperties AS custom_headers,
  adapterattributes AS adapter_attributes,
  transactionid AS transaction_id,
  previouscomponentname AS previous_component,
  localcomponentname AS local_component,
  origincomponentname AS origin_component,
  integrationflowname AS integration_flow_name,
  archivingstatus AS archiving_status,
  archivingsenderchannelmessages AS archiving_sender_channel,
  archivingreceiverchannelmessages AS archiving_receiver_channel,
  archivinglogattachments AS archiving_attachments,
  archivingpersistedmessages AS archiving_persisted,
  alternateweblink AS link,
  version,
  CAST(TRY(from_iso8601_timestamp(readat)) AS timestamp) AS read_at,
  coalesce(amended, false) AS amended,
  raw,
  nullif(
    concat_ws(
      '; ',
      CASE WHEN raw IS NOT NULL THEN 'not of its type: see raw' END,
      CASE WHEN logstart IS NOT NULL AND TRY(from_iso8601_timestamp(logstart)) IS NULL
        THEN 'LogStart ' || logstart END,
      CASE WHEN logend IS NOT NULL AND TRY(from_iso8601_timestamp(logend)) IS NULL
        THEN 'LogEnd ' || logend END,
      CASE WHEN readat IS NOT NULL AND TRY(from_iso8601_timestamp(readat)) IS NULL
        THEN 'ReadAt ' || readat END
    ),
    ''
  ) AS unparsed,
  tenant,
  dt
FROM (
  SELECT * FROM mpl
  UNION ALL
  SELECT *, 'undated' AS dt FROM mpl_undated
)

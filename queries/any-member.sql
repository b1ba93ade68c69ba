-- A member that has no column
--
-- The values of any member of the records, by its path in JSON, and how often each is there.
-- Scans: the days from :since to :until, whole lines.
SELECT
  coalesce(json_extract_scalar(line, :member), '(none)') AS value,
  count(DISTINCT json_extract_scalar(line, '$.Version')) AS versions
FROM mpl_lines
WHERE dt BETWEEN CAST(CAST(:since AS date) AS varchar) AND CAST(CAST(:until AS date) AS varchar)
GROUP BY 1
ORDER BY versions DESC, value
LIMIT 1000

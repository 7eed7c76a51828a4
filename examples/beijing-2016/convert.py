"""Make readings.parquet from the files of UCI data set 501: python convert.py FOLDER_OF_THE_CSV_FILES.

Nothing is corrected: values, units (carbon monoxide in ug/m3) and hour-ending labels are the source's. The rows
are those of the civil year 2016: labels 2016-01-01 01:00 to 2017-01-01 00:00.
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PARAMETERS = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}
FIRST, LAST = "2016-01-01T01:00:00+08:00", "2017-01-01T00:00:00+08:00"


def rows(folder: Path) -> list[tuple[str, str, str, float]]:
    """Return (station, parameter, time, value) of the year, by time, station and parameter."""
    found = []
    for path in sorted(folder.glob("PRSA_Data_*.csv*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                date = f"{int(row['year'])}-{int(row['month']):02d}-{int(row['day']):02d}"
                time = f"{date}T{int(row['hour']):02d}:00:00+08:00"
                if FIRST <= time <= LAST:
                    for column, parameter in PARAMETERS.items():
                        if row[column] != "NA":
                            found.append((row["station"], parameter, time, float(row[column])))
    return sorted(found, key=lambda reading: (reading[2], reading[0], reading[1]))


def write(folder: Path, target: Path) -> None:
    """Write the canonical table."""
    station, parameter, time, value = zip(*rows(folder), strict=True)
    table = pa.table(
        {
            "station": pa.array(station).dictionary_encode(),
            "parameter": pa.array(parameter).dictionary_encode(),
            "time": pa.array(time).dictionary_encode(),
            "value": pa.array(value, pa.float64()),
            "unit": pa.array(["ug/m3"] * len(value)).dictionary_encode(),
        }
    )
    pq.write_table(table, target, compression="zstd", compression_level=19)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(__file__).with_name("readings.parquet"))

# Which parameters does a template have? One line each, fields parted by the unit separator:
# name, type, default, pattern, values (parted by tabs), shortest, longest, least, most, constraint, masked.
function unquote(text) {
  sub(/[ \t]+$/, "", text)
  if (text ~ /^'.*'$/) { text = substr(text, 2, length(text) - 2); gsub(/''/, "'", text) }
  else if (text ~ /^".*"$/) { text = substr(text, 2, length(text) - 2); gsub(/\\"/, "\"", text); gsub(/\\\\/, "\\", text) }
  else sub(/[ \t]+#.*$/, "", text)
  return text
}
function flush() {
  if (name == "") return
  print name, field["Type"], field["Default"], field["AllowedPattern"], values, field["MinLength"], field["MaxLength"], \
    field["MinValue"], field["MaxValue"], field["ConstraintDescription"], field["NoEcho"]
  name = ""; values = ""; key = ""; split("", field)
}
function add(value) { values = (values == "" ? "" : values "\t") unquote(value) }

BEGIN { OFS = "\037" }
/^[A-Za-z]/ { if (inside) flush(); inside = ($0 ~ /^Parameters:/); next }
!inside || /^ *(#|$)/ { next }
/^  [A-Za-z0-9]+:[ \t]*$/ { flush(); name = $1; sub(/:$/, "", name); next }
/^    [A-Za-z]+:/ {
  key = $1; sub(/:$/, "", key)
  text = $0; sub(/^    [A-Za-z]+:[ \t]*/, "", text)
  if (key == "AllowedValues" && text ~ /^\[/) {
    gsub(/^\[[ \t]*|[ \t]*\][ \t]*$/, "", text)
    count = split(text, list, /[ \t]*,[ \t]*/)
    for (i = 1; i <= count; i++) add(list[i])
  } else if (text ~ /^[>|]/) field[key] = ""
  else field[key] = unquote(text)
  next
}
/^ +- / { if (key == "AllowedValues") { text = $0; sub(/^ +- /, "", text); add(text) }; next }
# A folded text goes on in the next line.
/^      +[^ ]/ { text = $0; sub(/^ +/, "", text); field[key] = field[key] (field[key] == "" ? "" : " ") text }
END { if (inside) flush() }

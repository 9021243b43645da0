# Sourced by `compare` and `renew`, which set $headers, $version and $work: what they have in common.
#
# The ABI is that of the public headers, compiled: every function that they declare gets an empty
# body, and every type a function of its own, so that a compiler and abidw say how types are laid
# out, whatever the build type of the library. The test `exports` sees to it that the library
# exports these functions and no others.
set -eu
LC_ALL=C
export LC_ALL

# write_abi CC FILE
write_abi() {
    mkdir -p "$work/emix"
    for header in "$headers"/emix/*.h; do
        awk '/^EMIX_API / { declares = 1 }
            declares && /\);$/ { sub(/;$/, " { __builtin_trap(); }"); declares = 0 }
            { print }' "$header" >"$work/emix/${header##*/}"
    done
    {
        echo '#include <emix/emix.h>'
        sed -n 's/^.*} \(Emix[A-Za-z0-9]*\);$/EMIX_API void emix_type_\1(\1 *value) { (void)value; }/p' \
            "$headers"/emix/*.h
    } >"$work/interface.c"
    (cd "$work" && "$1" -std=c17 -g -O0 -fPIC -shared -I . -Wl,-soname,"libemix.so.$version" \
        -o libemix.so interface.c)
    abidw --no-architecture --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed \
        --no-write-default-sizes --type-id-style hash --out-file "$2" "$work/libemix.so"
}

# Structs that carry their size, one a line: callers know how much of them they know.
sized_structs() {
    awk '/^typedef struct Emix[A-Za-z0-9]* \{/ {
        name = $3
        getline
        if ($0 ~ /^ *size_t size;/) print name
    }' "$headers"/emix/*.h
}

# cut_appended OLD NEW: NEW without the members that structs with a size have got at their end.
cut_appended() {
    awk -v names="$(sized_structs | tr '\n' ' ')" '
        BEGIN {
            n_names = split(names, list, " ")
            for (i = 1; i <= n_names; ++i) sized[list[i]] = 1
        }
        /<class-decl name=/ {
            split($0, quoted, "\047")
            name = (quoted[2] in sized) && /size-in-bits/ ? quoted[2] : ""
            n_members = 0
        }
        name != "" && /<data-member / { ++n_members }
        NR == FNR {
            if (name != "" && /<class-decl/) size[name] = quoted[4]
            if (name != "" && /<data-member /) kept[name] = n_members
            next
        }
        name in kept && /<class-decl/ {
            sub("size-in-bits=\047[0-9]*\047", "size-in-bits=\047" size[name] "\047")
        }
        name in kept && n_members > kept[name] && !/<\/class-decl>/ { next }
        { print }
        /<\/class-decl>/ { name = "" }' "$1" "$2"
}

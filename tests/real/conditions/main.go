// Judges conditions as Argo Rollouts does, with the language of 1.9 and with that of 1.10.
//
// A line of input is a condition and a result, both as JSON; a line of output has a verdict for each version: "true",
// "false", or "error" and when it came about.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"

	older "github.com/antonmedv/expr"
	newer "github.com/expr-lang/expr"
)

type question struct {
	Condition string
	Numbers   []string // a vector, as texts because of NaN
	Number    string   // a scalar
	Value     any      // what JSON gives, where neither of them is there
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		must(json.Unmarshal(lines.Bytes(), &asked))
		environment := given(result(asked))
		must(answers.Encode(map[string]string{
			"1.9":  verdict(func() (any, string, error) { return underOlder(asked.Condition, environment) }),
			"1.10": verdict(func() (any, string, error) { return underNewer(asked.Condition, environment) }),
		}))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func result(asked question) any {
	if asked.Number != "" {
		return number(asked.Number)
	}
	if asked.Numbers == nil {
		return asked.Value
	}
	numbers := []float64{}
	for _, text := range asked.Numbers {
		numbers = append(numbers, number(text))
	}
	return numbers
}

func number(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	must(err)
	return value
}

func underOlder(condition string, environment map[string]any) (any, string, error) {
	program, err := older.Compile(condition, older.Env(environment))
	if err != nil {
		return nil, "compiling", err
	}
	value, err := older.Run(program, environment)
	return value, "running", err
}

func underNewer(condition string, environment map[string]any) (any, string, error) {
	program, err := newer.Compile(condition, newer.Env(environment))
	if err != nil {
		return nil, "compiling", err
	}
	value, err := newer.Run(program, environment)
	return value, "running", err
}

func verdict(judge func() (any, string, error)) (answer string) {
	defer func() {
		if recover() != nil {
			answer = "error compiling"
		}
	}()
	value, when, err := judge()
	if err != nil {
		return "error " + when
	}
	if truth, ok := value.(bool); ok {
		return strconv.FormatBool(truth)
	}
	return "error running"
}

func given(result any) map[string]any {
	return map[string]any{
		"result":  result,
		"asInt":   asInt,
		"asFloat": asFloat,
		"isNaN":   math.IsNaN,
		"isInf":   func(value float64) bool { return math.IsInf(value, 0) },
		"isNil":   func(any) bool { return result == nil },
		"default": func(_ any, otherwise any) any {
			if result == nil {
				return otherwise
			}
			return result
		},
	}
}

func asInt(value any) int64 {
	switch reflect.TypeOf(value).Kind() {
	case reflect.String:
		whole, err := strconv.ParseInt(value.(string), 10, 64)
		must(err)
		return whole
	case reflect.Bool, reflect.Map, reflect.Slice, reflect.Struct:
		panic(fmt.Sprintf("%T is no number", value))
	}
	return reflect.ValueOf(value).Convert(reflect.TypeOf(int64(0))).Int()
}

func asFloat(value any) float64 {
	switch reflect.TypeOf(value).Kind() {
	case reflect.String:
		fraction, err := strconv.ParseFloat(value.(string), 64)
		must(err)
		return fraction
	case reflect.Bool, reflect.Map, reflect.Slice, reflect.Struct:
		panic(fmt.Sprintf("%T is no number", value))
	}
	return reflect.ValueOf(value).Convert(reflect.TypeOf(float64(0))).Float()
}

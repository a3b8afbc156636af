/*
 * The most common word
 *
 * A text of words is given, up to the end of the input. The words are made of small letters and are separated by
 * blanks and line ends. Print the word that occurs most often. If several words occur most often, print the one
 * of them that comes first in the alphabet.
 *
 * The text has at least one word and at most 200 000 words.
 *
 * Sample Input 1
 *
 * the cat saw the dog
 *
 * Sample Output 1
 *
 * the
 *
 * Sample Input 2
 *
 * go on go on go
 *
 * Sample Output 2
 *
 * go
 */
